"""What tools/phone_check.py counts with: the laboratory, models in it, what a bundle costs there, and the tables."""
