"""Entry point of ``python -m cartoonize``."""

from cartoonize.cli.main import main

if __name__ == "__main__":
    main()
