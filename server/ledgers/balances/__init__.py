"""月度平衡: what each month began with, what came, what went, and what is left; and its closing."""
