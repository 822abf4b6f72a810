"""The bank: reports, and sound trainings."""

from tests.reports import course, examples, moving, outputs, sound, undefined

REPORTS = (*moving.CASES, *outputs.CASES, *undefined.CASES, *course.CASES)
SOUND = (*examples.CASES, *sound.CASES)
