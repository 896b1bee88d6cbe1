"""The benchmark and its generated data. Not part of an installation."""
