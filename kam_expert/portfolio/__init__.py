"""Many accounts seen together: concentration, who is key, related accounts, and where the hours should go."""
