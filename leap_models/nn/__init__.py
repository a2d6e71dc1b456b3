"""Blocks of networks that know no music."""
