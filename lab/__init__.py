"""What the portal is measured with. Nothing of it is installed where the portal serves."""
