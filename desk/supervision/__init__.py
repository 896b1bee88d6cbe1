"""What the 督查室 follows on a day: what is late or behind, how departments rank, who is missing, what came out, what to check."""
