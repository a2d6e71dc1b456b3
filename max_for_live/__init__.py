"""The Max for Live devices: text sources of their patch and scripts, and what builds the `.amxd` files from them."""
