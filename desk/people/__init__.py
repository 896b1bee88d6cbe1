"""People who come in by a sheet: what it says, whether that can be made, the accounts that are made of it."""
