"""The bank: reports, and sound trainings."""

from tests.reports import course, moving, outputs, sound, undefined

REPORTS = (*moving.CASES, *outputs.CASES, *undefined.CASES, *course.CASES)
SOUND = sound.CASES
