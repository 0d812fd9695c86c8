"""Over 200 simulated studies, nobody can group the participants by arm without a key."""

from reliability.partition import attack, grouped, named, one_counter_each

N_STUDIES = 200
SURELY = 4.0  # standard errors: six guesses are judged in each run, of keys that are never the same


def test_the_best_guess_of_the_partition_is_at_chance() -> None:
    for found in attack(N_STUDIES):
        assert abs(found.advantage) < SURELY, found
        assert found.exact < 0.03, found


def test_a_counter_for_each_arm_would_be_found() -> None:
    for score in (grouped, named):
        counters = attack(40, one_counter_each, score=score)[0]
        assert counters.right > 0.95
        assert counters.advantage > 10.0


def test_one_emergency_unblinding_leaves_the_others_at_chance() -> None:
    """What blocks of known sizes tell by themselves is in the chance; it is said in the guide."""
    for found in attack(N_STUDIES, first=5000, score=named):
        assert abs(found.advantage) < SURELY, found
