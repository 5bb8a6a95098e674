#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "tests/simulation/log_world.hpp"

namespace pakashop::simulation {

/// Where each record of a batch lies, as far as the broker says.
using Offsets = std::vector<std::optional<std::size_t>>;

/// A batch on its way to the log; pieces of it may land, more than once, or never.
struct Produce {
    std::vector<WirePointer> wires;
    std::size_t node = 0;
    std::uint32_t ticket = 0;  ///< Of the sender's call; no two have the same.
    Offsets offsets;
    bool reported = false;
};

/// What the broker says of a batch.
struct Delivery {
    std::size_t node = 0;
    std::uint32_t ticket = 0;
    Offsets offsets;
};

/// How likely the network is to misbehave: every schedule has its own odds, in thousandths.
struct Odds {
    std::uint32_t lose = 0;
    std::uint32_t repeat = 0;
    std::uint32_t cut = 0;
    std::uint32_t lose_report = 0;
    std::uint32_t away = 0;  ///< A read finds no broker.
};

/// What is between nodes and log: it loses, delays, repeats, cuts and reorders batches, and loses,
/// delays and repeats what the broker says of them.
class Network {
public:
    Network(Tape& tape, LogWorld& world) : tape_{tape}, world_{world} {}

    void send(Produce produce);
    /// Lets a batch land, or what the odds make of that: the oldest, or now and then any.
    void land_some();
    /// Lets everything land whole and once, in order.
    void land_all();
    /// Takes out some batches that come only when all is over.
    std::vector<Produce> hold_back();
    void lose_reports() { reports_.clear(); }

    bool empty() const { return under_way_.empty(); }
    /// The next report: the oldest, or now and then any; nothing when there is none.
    std::optional<Delivery> next_report();
    /// The same in order.
    std::optional<Delivery> oldest_report();

    Odds odds;

private:
    void land(std::size_t index, bool whole);
    std::uint32_t draw_landing(std::uint32_t count);
    void settle(Produce& produce, bool whole);

    Tape& tape_;
    LogWorld& world_;
    std::vector<Produce> under_way_;
    std::vector<Delivery> reports_;
};

}  // namespace pakashop::simulation
