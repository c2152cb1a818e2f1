"""Areas (city › township › village › grid) and sites (监管对象)."""
