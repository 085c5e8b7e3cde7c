// The model pxe9 (sim/models/pxe9.ts) on SimGrid: one actor a node, a semaphore for the TFTP slots. Word: nodes.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <simgrid/s4u.hpp>

namespace s4u = simgrid::s4u;

static const double means_s[] = {6.0, 3.0, 1.5, 2.0, 1.0, 0.4, 2.5, 3.0, 4.8};
static const int slots = 16, tftp = 2;
static s4u::SemaphorePtr free_slots;
static double makespan = 0, sum = 0;

static double duration(uint32_t node, uint32_t stage)
{
  uint32_t mixed = 1 + node * 0x9e3779b1u + stage * 0x85ebca6bu;
  mixed = (mixed ^ mixed >> 16) * 0x7feb352du;
  mixed = (mixed ^ mixed >> 15) * 0x846ca68bu;
  return means_s[stage] * (0.5 + (mixed ^ mixed >> 16) / 4294967296.0);
}

static void boot(uint32_t node)
{
  for (int stage = 0; stage < 9; stage++) {
    if (stage == tftp) free_slots->acquire();
    s4u::this_actor::sleep_for(duration(node, stage));
    if (stage == tftp) free_slots->release();
  }
  makespan = s4u::Engine::get_clock();
  sum += makespan;
}

int main(int count, char** words)
{
  s4u::Engine engine(&count, words);
  const uint32_t nodes = std::strtoul(words[1], nullptr, 10);
  const auto started = std::chrono::steady_clock::now();
  auto* rack = s4u::create_full_zone("rack");
  auto* host = rack->create_host("host", 1e9);
  rack->seal();
  free_slots = s4u::Semaphore::create(slots);
  for (uint32_t node = 0; node < nodes; node++) s4u::Actor::create("node", host, boot, node);
  engine.run();
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - started;
  std::printf("{\"n\":%u,\"wall_s\":%.6f,\"makespan\":%.6f,\"sum\":%.6f}\n", nodes, wall.count(), makespan, sum);
}
