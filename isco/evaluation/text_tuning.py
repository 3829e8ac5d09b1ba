"""What was tuned, as text for a terminal, and as a profile."""

from typing import Any

import yaml

from isco.evaluation.tuning import Tuning


def as_table(tuning: Tuning) -> str:
    """The proposal for people, as text."""
    lines = [
        f"{tuning.ads} labelled ads, {tuning.tried} choices tried",
        "",
        f"{'':<24}{'in use':>10}{'proposed':>10}",
    ]
    current, proposed = (_flat(choice.as_profile()) for choice in (tuning.current, tuning.proposed))
    lines += [f"{key:<24}{_said(current[key]):>10}{_said(proposed[key]):>10}" for key in current]
    return "\n".join([*lines, "", *_sentences(tuning)])


def as_profile(tuning: Tuning) -> str:
    """YAML for `--profile`, with what is to be expected of it."""
    said = "".join(f"# {line}\n" for line in _sentences(tuning))
    return said + "\n" + yaml.safe_dump(tuning.proposed.as_profile(), sort_keys=False)


def _sentences(tuning: Tuning) -> list[str]:
    low, high = tuning.interval
    p = tuning.p_value
    if tuning.proposed == tuning.current:
        advice = "nothing that was tried is better on all of these ads"
    elif tuning.more_than_chance:
        advice = "better by more than chance"
    else:
        advice = "that can be chance: keep what is in use, or label more ads"
    return [
        f"4 digits right, of {tuning.ads} ads each judged by a choice made without it: "
        f"{tuning.after:.3f},",
        f"in use {tuning.before:.3f}, difference {tuning.after - tuning.before:+.3f} "
        f"({low:+.3f} to {high:+.3f}).",
        f"McNemar's exact test: p {'< 0.001' if p < 0.001 else f'= {p:.3f}'}; {advice}.",
        f"On the ads that it was chosen by the proposed one has {tuning.on_the_same:.3f} right; "
        "expect less on others.",
    ]


def _flat(profile: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        f"{section}.{key}": value
        for section, keys in profile.items()
        for key, value in keys.items()
    }


def _said(value: Any) -> str:
    return "null" if value is None else f"{value:g}"
