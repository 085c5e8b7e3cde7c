"""The model pxe9 (sim/models/pxe9.ts) on SimPy: python3 pxe9-simpy.py NODES. Takes SimPy 2 (Debian's) or 3 and 4."""
import json
import sys
import time

SEED, SLOTS = 1, 16
MEANS_S = [6.0, 3.0, 1.5, 2.0, 1.0, 0.4, 2.5, 3.0, 4.8]
MASK = 0xFFFFFFFF
ends = []


def duration(node, stage):
    mixed = (SEED + node * 0x9E3779B1 + stage * 0x85EBCA6B) & MASK
    mixed = (mixed ^ mixed >> 16) * 0x7FEB352D & MASK
    mixed = (mixed ^ mixed >> 15) * 0x846CA68B & MASK
    return MEANS_S[stage] * (0.5 + (mixed ^ mixed >> 16) / 2**32)


def run_two(count):
    from SimPy.Simulation import Process, Resource, Simulation, hold, release, request

    class Node(Process):
        def boot(self, number):
            for stage in range(len(MEANS_S)):
                if stage == 2:
                    yield request, self, tftp
                yield hold, self, duration(number, stage)
                if stage == 2:
                    yield release, self, tftp
            ends.append(self.sim.now())

    world = Simulation()
    world.initialize()
    tftp = Resource(capacity=SLOTS, sim=world)
    for number in range(count):
        node = Node(sim=world)
        world.activate(node, node.boot(number))
    world.simulate(until=1e12)


def run_three(count):
    import simpy

    def boot(number):
        for stage in range(len(MEANS_S)):
            if stage == 2:
                with tftp.request() as turn:
                    yield turn
                    yield world.timeout(duration(number, stage))
            else:
                yield world.timeout(duration(number, stage))
        ends.append(world.now)

    world = simpy.Environment()
    tftp = simpy.Resource(world, capacity=SLOTS)
    for number in range(count):
        world.process(boot(number))
    world.run()


try:
    import simpy  # noqa: F401

    run = run_three
except ImportError:
    run = run_two
nodes = int(sys.argv[1])
started = time.perf_counter()
run(nodes)
wall = time.perf_counter() - started
print(json.dumps({"n": nodes, "wall_s": wall, "makespan": ends[-1], "sum": sum(ends)}))
