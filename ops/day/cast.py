"""Who takes part in the day: the same people, with the same names and numbers, in every run.

Everything about a person follows from the part they play and their number, so a second run finds
them again, and the checks know which personal texts must not be readable in the log.
"""

import hashlib

from .client import Person, Problem

FIRST = ("Mutale Chanda Thandiwe Bwalya Lubinda Namukolo Kondwani Mulenga Chipo Natasha Kelvin "
         "Mwila Towela Sepiso Wezi Chilufya Inonge Lweendo Mapalo Zondiwe").split()
LAST = ("Phiri Banda Tembo Mwanza Zulu Lungu Sakala Chirwa Mumba Kapiri Nyirenda Musonda Hamoonga "
        "Sitali Kabwe Daka Moonga Simukoko").split()
CITIES = (("Lusaka", "Lusaka"), ("Ndola", "Copperbelt"), ("Kitwe", "Copperbelt"),
          ("Livingstone", "Southern"), ("Chipata", "Eastern"), ("Mongu", "Western"))
# Operator, its name as a payment method, the prefix of its numbers, a number whose payments fail.
OPERATORS = (("MTN_MOMO_ZMB", "MTN_MONEY", "26096", "+260763456039"),
             ("AIRTEL_OAPI_ZMB", "AIRTEL_MONEY", "26097", "+260973456039"),
             ("ZAMTEL_ZMB", "ZAMTEL_MONEY", "26095", "+260953456704"))
PARTS = {"buyer": 1, "seller": 2, "agent": 3}
FAMILY = "Mwakalombe"  # In everybody's surname, so that a search for it finds anybody's name.


class Character:
    """One person of the day, before they have an account."""

    def __init__(self, part, number):
        self.part, self.number = part, number
        self.first = FIRST[number % len(FIRST)]
        clan = LAST[number // len(FIRST) % len(LAST)]
        self.last = f"{clan}-{FAMILY}{PARTS[part]}{number:03d}"
        self.name = f"{self.first} {self.last}"
        self.email = f"{self.first}.{self.last}@people.example".lower()
        self.operator, self.method, prefix, self.failing_phone = OPERATORS[number % 3]
        # The last three digits decide what the sandbox does: 200 to 599 mean nothing to it.
        self.phone = f"+{prefix}{PARTS[part]}{number // 400:03d}{200 + number % 400}"
        self.line1 = f"Plot {1000 + number}, {self.last} Road"
        self.city, self.province = CITIES[number % len(CITIES)]

    @classmethod
    def buyer_with(cls, phone):
        """The buyer whose number that is; None when it is nobody's of the day."""
        digits = phone[-6:]
        if not digits.isdecimal():
            return None
        found = cls("buyer", max(0, int(digits[:3]) * 400 + int(digits[3:]) - 200))
        return found if found.phone == phone else None

    def password(self, secret):
        """Made from a secret of this installation, so that it need not be kept."""
        return "Pk-" + hashlib.sha256(f"{secret}/{self.email}".encode()).hexdigest()[:20]

    def address(self):
        """Where this person's orders go."""
        return {"firstName": self.first, "lastName": self.last, "line1": self.line1,
                "city": self.city, "province": self.province, "phone": self.phone,
                "location": {"lat": -15.4167, "lng": 28.2833}}

    def markers(self):
        """What nobody may find in the log's bytes: a part of the name, e-mail and address, and
        the front of the phone number (a seller's is on the shop's door)."""
        names = {FAMILY, FAMILY.lower()}
        return names if self.part == "seller" else names | {self.phone[1:10]}


def enter(api, character):
    """A logged-in Person: registered at the first visit, recognised at every other."""
    password = character.password(api.client_key)
    try:
        api.post("/auth/register", {"email": character.email, "phone": character.phone,
                                    "password": password, "name": character.name},
                 key=f"register-{character.email}")
    except Problem as problem:
        if problem.code != "email_taken":
            raise
    return Person(api, character.email, password).login()
