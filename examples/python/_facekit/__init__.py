"""What facekit.py is made of."""
