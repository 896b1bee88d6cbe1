"""Papers that write themselves: each follows from a plan, a data day, the ledger's head on it and a day of issue."""
