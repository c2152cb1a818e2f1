"""What every installation begins with: areas, departments, sectors and forms; and a demo's more."""
