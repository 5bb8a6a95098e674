#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace pakashop::simulation {

/// What may be switched off, to prove that the simulation notices. All on is the program.
struct Rules {
    // The fold.
    bool hash = true;        ///< Damaged bytes halt.
    bool known_seq = true;   ///< A writer that had seen more than there is halts.
    bool known_head = true;  ///< A writer that had seen another history halts.
    bool epoch = true;       ///< Only the current epoch's node is admitted.
    bool seq = true;         ///< Only the next position is admitted.
    bool prev = true;        ///< Only the next link of the chain is admitted.
    bool seal = true;        ///< Nothing follows a seal.
    // The writer.
    bool waits_for_admission = true;    ///< Answers nothing from speculation.
    bool deduplicates = true;           ///< Knows a command it has committed.
    bool checks_offsets = true;         ///< Acknowledges contiguous offsets only.
    bool announces_when_unsure = true;  ///< Takes a new epoch after an unknown outcome.
    bool barrier = true;                ///< A refusal waits for a record behind it.
    bool stops_beyond_end = true;       ///< A place beyond the log's end halts.
};

/// A rule, or a pair that back each other up, switched off; each must be caught.
struct Control {
    std::string_view name;
    void (*switch_off)(Rules&);
};
inline constexpr std::array controls{
    Control{"no hash", [](Rules& r) { r.hash = false; }},
    Control{"no known place", [](Rules& r) { r.known_seq = r.known_head = false; }},
    Control{"no known seq", [](Rules& r) { r.known_seq = false; }},
    Control{"no known head", [](Rules& r) { r.known_head = false; }},
    Control{"no epoch", [](Rules& r) { r.epoch = false; }},
    Control{"no epoch, no prev", [](Rules& r) { r.epoch = r.prev = false; }},
    Control{"no seq", [](Rules& r) { r.seq = false; }},
    Control{"no seq, no prev", [](Rules& r) { r.seq = r.prev = false; }},
    Control{"no prev, no known head", [](Rules& r) { r.prev = r.known_head = false; }},
    Control{"no seal", [](Rules& r) { r.seal = false; }},
    Control{"answers from speculation", [](Rules& r) { r.waits_for_admission = false; }},
    Control{"no deduplication", [](Rules& r) { r.deduplicates = false; }},
    Control{"offsets unchecked", [](Rules& r) { r.checks_offsets = false; }},
    Control{"same epoch when unsure", [](Rules& r) { r.announces_when_unsure = false; }},
    Control{"no barrier", [](Rules& r) { r.barrier = false; }},
    // Rule 2 backs it up as soon as somebody writes past the place; until then it stands alone.
    Control{"beyond the end", [](Rules& r) { r.stops_beyond_end = false; }},
};

/// What a schedule may show that must never happen.
enum class Violation : std::uint8_t {
    lost_answer,         ///< A success was answered whose commit is not in the history.
    admitted_twice,      ///< One command was admitted twice.
    wrong_state,         ///< A commit lands on another state than it was decided on.
    unjustified_answer,  ///< A refusal that no moment of the call justifies.
    readers_differ,      ///< Two readers of the same bytes tell different histories.
    false_halt,          ///< Somebody stopped although nothing was wrong with the log.
    starved,             ///< After the faults a command never finishes.
    behind_seal,         ///< Something was admitted after the seal, or the copy differs.
    silent_hole,         ///< A record that a later writer had seen is gone, and nobody stops.
    silent_flip,         ///< Flipped bytes, and nobody stops.
    split_history,       ///< A reader that knows the lost history goes on with the new one.
    serves_lost,         ///< A reader keeps what the log has lost, and nobody stops.
    silent_void          ///< An acknowledged record lies in the log, is void, and nobody stops.
};
constexpr auto enum_names(Violation) {
    return std::array<std::string_view, 13>{
        "lost answer",
        "admitted twice",
        "wrong state",
        "unjustified answer",
        "readers differ",
        "false halt",
        "starved",
        "behind the seal",
        "silent hole",
        "silent flip",
        "split history",
        "serves what is lost",
        "silent void"
    };
}

}  // namespace pakashop::simulation
