"""Admin pages of foreign exchange. Importing a module registers its pages."""
