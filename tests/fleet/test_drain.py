"""P3, P4: an orderly end finishes what is paid for; a hurried one records what it gave up."""

from fleet import Fleet, until


def test_term_finishes_the_calls_in_flight(tmp_path):
    with Fleet(tmp_path, cap=8, workers=4, latency_ms=400) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(40))
        fleet.wait_in_flight(8)
        fleet.stop()
        done = fleet.states()["done"]
        assert 8 <= done < 40
        assert set(fleet.outcomes()) <= {"answered", "unsent"}, fleet.outcomes()
        assert fleet.outcomes()["answered"] == done
        assert fleet.value("SELECT count(*) FROM lease") == 0
        assert fleet.value("SELECT count(*) FROM worker") == 0
        fleet.start()
        fleet.wait("b")
        books = fleet.finish()
        assert books.count("gone") == 0 and max(books.asked.values()) == 1


def test_second_term_ends_at_once_and_records_what_was_given_up(tmp_path):
    with Fleet(tmp_path, cap=4, workers=2, latency_ms=15000, account={"linger_ms": 500}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(12))
        fleet.wait_in_flight(4)
        fleet.terminate()
        until("a drain", lambda: "drain" in fleet.log())
        fleet.terminate()
        assert fleet.wait_end(8) == 0
        assert fleet.outcomes()["uncertain"] == 4 and fleet.outcomes()["sending"] == 0
        fleet.witness.control(latency_ms=5)
        fleet.latency_ms = 5
        fleet.start()
        fleet.wait("b")
        fleet.finish()
        assert fleet.outcomes()["answered"] == 12


def test_a_drain_has_a_deadline(tmp_path):
    with Fleet(tmp_path, cap=2, workers=1, latency_ms=15000, account={"linger_ms": 500},
               settings={"drain_ms": 1000}) as fleet:
        fleet.start()
        fleet.enqueue("b", fleet.texts(2))
        fleet.wait_in_flight(2)
        fleet.terminate()
        assert fleet.wait_end(8) == 0
        assert fleet.outcomes()["uncertain"] == 2 and fleet.outcomes()["sending"] == 0
        fleet.witness.control(latency_ms=5)
        fleet.latency_ms = 5
        fleet.start()
        fleet.wait("b")
        fleet.finish()
