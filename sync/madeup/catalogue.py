"""What an English secondary offers beyond its lessons: generic names, usual minutes, usual measures.

Named trade marks and living schemes are left out on purpose; the wording is generic.
"""

from __future__ import annotations

from dataclasses import dataclass

COMMUNICATION = "Communication and interaction"
COGNITION = "Cognition and learning"
SOCIAL = "Social, emotional and mental health"
SENSORY = "Sensory and/or physical"

AREA_OF_NEED = {
    "SLCN": COMMUNICATION,
    "ASD": COMMUNICATION,
    "SPLD": COGNITION,
    "MLD": COGNITION,
    "SLD": COGNITION,
    "DS": COGNITION,
    "SEMH": SOCIAL,
    "HI": SENSORY,
    "VI": SENSORY,
    "MSI": SENSORY,
    "PD": SENSORY,
    "OTH": COGNITION,
    "NSA": COGNITION,
}


@dataclass(frozen=True, slots=True)
class Measure:
    """How a provision is measured: a score between `low` and `high` at entry, `gain` hoped for by the exit.

    A negative gain is a score that ought to fall. With `as_age`, the score is in months and is written as
    years and months.
    """

    label: str
    low: int
    high: int
    gain: int
    as_age: bool = False

    def text(self, score: int) -> str:
        """The score as a school writes it: `Reading age 9y 4m`, `SDQ total 21`."""
        return f"{self.label} {score // 12}y {score % 12}m" if self.as_age else f"{self.label} {score}"


@dataclass(frozen=True, slots=True)
class Offer:
    """A line of the catalogue: one session's `minutes`, `times` a week, pupils in the `group`."""

    name: str
    area: str
    wave: str
    minutes: int
    times: int
    group: int
    delivered_by: str
    measure: Measure
    pounds_an_hour: int = 17


_READING = Measure("Reading age", 84, 140, 10, as_age=True)
_SPELLING = Measure("Spelling standard score", 68, 88, 7)
_MATHS = Measure("Number standard score", 66, 90, 7)
_WORDS = Measure("Words a minute", 55, 110, 25)
_SDQ = Measure("SDQ total", 16, 27, -6)
_SCALE = Measure("Confidence scale (of 10)", 2, 5, 3)
_LANGUAGE = Measure("Receptive language standard score", 64, 86, 6)
_TARGETS = Measure("Targets met (of 6)", 0, 2, 3)
_REFERRALS = Measure("Removals from lessons a term", 5, 18, -6)
_ENGAGED = Measure("Minutes on task (of 20)", 5, 11, 6)

_TA = "Teaching assistant"
_HLTA = "Higher level teaching assistant"
_SPECIALIST = "Specialist teacher"
_PASTORAL = "Pastoral support worker"

TARGETED: tuple[Offer, ...] = (
    Offer("Reading fluency group", COGNITION, "targeted", 30, 3, 4, _HLTA, _WORDS),
    Offer(
        "Paired reading",
        COGNITION,
        "targeted",
        20,
        4,
        1,
        "Trained sixth-form or adult volunteer",
        _READING,
        0,
    ),
    Offer("Phonics catch-up", COGNITION, "targeted", 25, 4, 3, _HLTA, _READING),
    Offer("Spelling and morphology group", COGNITION, "targeted", 25, 2, 5, _TA, _SPELLING),
    Offer("Number catch-up", COGNITION, "targeted", 30, 3, 4, _HLTA, _MATHS),
    Offer("Touch-typing club", COGNITION, "targeted", 30, 2, 8, _TA, _WORDS),
    Offer("Pre-teaching of vocabulary", COMMUNICATION, "targeted", 20, 3, 5, _TA, _TARGETS),
    Offer("Social communication group", COMMUNICATION, "targeted", 40, 1, 5, _HLTA, _SCALE),
    Offer("Lego-based therapy", COMMUNICATION, "targeted", 45, 1, 3, _TA, _SCALE),
    Offer("Conversation skills group", COMMUNICATION, "targeted", 30, 2, 4, _HLTA, _TARGETS),
    Offer("Emotional literacy", SOCIAL, "targeted", 40, 1, 1, "Emotional literacy support assistant", _SDQ),
    Offer("Anger management group", SOCIAL, "targeted", 50, 1, 5, _PASTORAL, _REFERRALS),
    Offer("Meet and greet", SOCIAL, "targeted", 10, 5, 1, _PASTORAL, _SCALE),
    Offer("Lunchtime quiet room", SOCIAL, "targeted", 40, 5, 12, _TA, _SCALE),
    Offer("Mentoring", SOCIAL, "targeted", 30, 1, 1, "Learning mentor", _SDQ, 20),
    Offer("Sensory circuit", SENSORY, "targeted", 15, 5, 6, _TA, _ENGAGED),
    Offer("Handwriting and fine motor group", SENSORY, "targeted", 20, 3, 4, _TA, _TARGETS),
    Offer("Movement breaks", SENSORY, "targeted", 10, 5, 1, _TA, _ENGAGED),
)
SPECIALIST: tuple[Offer, ...] = (
    Offer("1:1 teaching assistant in maths", COGNITION, "specialist", 60, 4, 1, _TA, _MATHS),
    Offer("1:1 teaching assistant in English", COGNITION, "specialist", 60, 4, 1, _TA, _READING),
    Offer("Structured literacy with a specialist", COGNITION, "specialist", 45, 2, 1, _SPECIALIST, _READING, 42),
    Offer("Precision teaching", COGNITION, "specialist", 15, 4, 1, _HLTA, _WORDS),
    Offer("Life skills programme", COGNITION, "specialist", 60, 2, 4, _HLTA, _TARGETS),
    Offer(
        "Speech and language programme",
        COMMUNICATION,
        "specialist",
        30,
        3,
        1,
        "Speech and language assistant",
        _LANGUAGE,
    ),
    Offer(
        "Speech and language therapist block",
        COMMUNICATION,
        "specialist",
        45,
        1,
        1,
        "Therapist",
        _LANGUAGE,
        68,
    ),
    Offer("Communication support in lessons", COMMUNICATION, "specialist", 60, 10, 1, _TA, _ENGAGED),
    Offer("Autism outreach sessions", COMMUNICATION, "specialist", 60, 1, 1, "Outreach teacher", _SCALE, 48),
    Offer("School counselling", SOCIAL, "specialist", 50, 1, 1, "Counsellor", _SDQ, 45),
    Offer("Therapeutic art sessions", SOCIAL, "specialist", 50, 1, 1, "Art therapist", _SDQ, 52),
    Offer("Supported re-integration timetable", SOCIAL, "specialist", 60, 6, 1, _PASTORAL, _REFERRALS),
    Offer("Occupational therapy programme", SENSORY, "specialist", 30, 2, 1, _TA, _TARGETS),
    Offer("Physiotherapy programme", SENSORY, "specialist", 25, 3, 1, _TA, _TARGETS),
    Offer("Teacher of the deaf visit", SENSORY, "specialist", 45, 1, 1, "Teacher of the deaf", _LANGUAGE, 50),
    Offer(
        "Vision support and modified materials",
        SENSORY,
        "specialist",
        60,
        2,
        1,
        "Vision teacher",
        _TARGETS,
        50,
    ),
)
