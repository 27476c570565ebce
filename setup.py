"""What pyproject.toml cannot say: three folders of the top level are shipped inside the package `ledgerflow`.

At the top of site-packages the names `templates`, `static` and `docs` would collide with those of other projects.
"""

from __future__ import annotations

from setuptools import find_packages, setup

SHIPPED_INSIDE = {"ledgerflow.templates": "templates", "ledgerflow.static": "static", "ledgerflow.docs": "docs"}

setup(
    # By rule: whatever is a package is shipped, but for what only a checkout needs.
    packages=[
        *find_packages(exclude=["tests", "tests.*", "bench", "bench.*", "examples", "examples.*"]),
        # No __init__.py makes `apps` a package, so that another distribution can bring apps of its own beside these.
        *(f"apps.{name}" for name in find_packages("apps")),
        *SHIPPED_INSIDE,
    ],
    package_dir=SHIPPED_INSIDE,
)
