"""Makes the staff of a development server; the same call again tells of the same people.

    python3 -m day.staff API_URL SECRETS      (prints lines of var/dev.env)

Their passwords lie in SECRETS before they are made, and the server answers a repeated request with
its first answer: an interruption at any moment loses nobody's second factor.
"""

import sys
from pathlib import Path

from .client import Api, Problem

PATIENCE = 20
STAFF = (("ADMIN", "PLATFORM_ADMIN", "Admin", "+260970000201"),
         ("FINANCE", "FINANCE_ADMIN", "Finance", "+260970000202"))


def lines_of(api, secrets, prefix, role, name, phone):
    """One member of staff, as dev.env names them."""
    email = f"{name.lower()}@pakashop.example"
    password = (secrets / f"{prefix.lower()}_password").read_text("utf-8").strip()
    made = api.post("/internal/users", {"email": email, "phone": phone, "password": password,
                                        "name": f"{name} Mwansa", "roles": [role]},
                    key=f"day-staff-{prefix.lower()}", internal=True)
    return [f"{prefix}_EMAIL={email}", f"{prefix}_PASSWORD={password}",
            f"{prefix}_TOTP_SECRET={made['totpSecret']}"]


def main(url, folder):
    """Prints the lines of everybody, once all are there; returns the exit code."""
    secrets = Path(folder)
    keys = [(secrets / name).read_text("utf-8").strip()
            for name in ("client_key", "internal_api_key")]
    api = Api(url, *keys, patience=PATIENCE)
    try:
        lines = [line for one in STAFF for line in lines_of(api, secrets, *one)]
    except (OSError, Problem) as error:
        print(f"problem: {error}", file=sys.stderr)
        return 1
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
