#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "handlers/commit.hpp"
#include "tests/simulation/tape.hpp"

namespace pakashop::simulation {

constexpr std::size_t errands_max = 16;
/// So many of them are asked for while the faults play, the others only afterwards.
constexpr std::size_t errands_while_playing = 7;

/// All errands are of one key, and all are asked for at one moment by the clocks of nodes.
constexpr std::string_view errand_key = "shp_1";
constexpr Instant errand_time{1'778'580'000'000};

/// What a client wants done, under one command id however often and of whomever it is asked.
struct Errand {
    std::string stream;
    AnyCommand command;
};
using Errands = std::array<Errand, errands_max>;

/// Errands that get in each other's way: few streams, and commands that are granted, refused or
/// already so depending on what came before.
Errands draw_errands(Tape& tape);

/// The command of that number, for a shard; without a reply. With another body, it is another
/// request under the same id.
Command command_of(const Errand& errand, std::size_t number, bool other_body);
/// Whether the record is that of the other body.
bool has_other_body(const Record& record);
CommandId errand_id(std::size_t number);
/// The number in a command id of ours.
std::size_t errand_in(const CommandId& id);
/// For people: `3 effect.begin at effect:eff_1`.
std::string text_of(const Errand& errand, std::size_t number);

}  // namespace pakashop::simulation
