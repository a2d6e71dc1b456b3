"""Preparing data, training and evaluating; imported by the command line only."""
