"""What commands and windows share: services, sessions, and what is said of them."""
