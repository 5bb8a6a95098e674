#pragma once

#include <array>
#include <string_view>

namespace pakashop::simulation {

/// What may be switched off, to prove that the simulation notices. All on is the program; the
/// shard and the fold are the real ones always, only what they are shown and told changes.
struct Rules {
    // The fold: without a rule, every fold is shown each record as that rule wants to see it.
    bool hash = true;             ///< Damaged bytes halt.
    bool known_seq = true;        ///< A writer that had seen more than there is halts.
    bool known_head = true;       ///< A writer that had seen another history halts.
    bool known_of_others = true;  ///< Both hold for other records than announcements, too.
    bool epoch = true;            ///< Only the current epoch's node is admitted.
    bool seq = true;              ///< Only the next position is admitted.
    bool prev = true;             ///< Only the next link of the chain is admitted.
    bool seal = true;             ///< Nothing follows a seal.

    // The way to the log.
    bool waits_for_the_log = true;       ///< A batch is durable once the log says so, not before.
    bool checks_offsets = true;          ///< Durable is only what lies where it has to.
    bool freezes_below_only = true;      ///< A gap in the offsets is no regression.
    bool announces_when_unsure = true;   ///< A new epoch follows an unknown outcome.
    bool announces_next_epoch = true;    ///< An announcement names the epoch after the one read.
    bool announces_what_it_read = true;  ///< An announcement knows admitted records only.
    bool stops_beyond_end = true;        ///< A place beyond the log's end halts.
    bool starts_at_its_place = true;     ///< A reader starts where its replica ends, no earlier.

    // The shard and its node.
    bool remembers_commands = true;  ///< A command that was committed is known again.
    bool compares_bodies = true;     ///< The same id with another body is refused.
    bool recalls_heads = true;       ///< After a restart, a node knows the heads before its place.
    bool barrier = true;             ///< A refusal waits for a record behind it.
    bool refuses_what_is_so = true;  ///< A refusal waits for what it was decided on.
    bool commits_what_is_so = true;  ///< "Already so" is a commit, too.

    // Moving to another log.
    bool copies_the_seal = true;     ///< The copy reaches up to the seal and includes it.
    bool seals_the_source = true;    ///< In the copy, the seal seals nothing.
    bool leads_whole_copies = true;  ///< Nobody leads a copy that is not whole.

    /// Whether folds see records as they are.
    bool fold_whole() const {
        return hash && known_seq && known_head && known_of_others && epoch && seq && prev && seal;
    }
};

/// A rule, or some that back each other up, switched off; each must be caught.
struct Control {
    std::string_view name;
    void (*switch_off)(Rules&);
};
inline constexpr std::array controls{
    Control{"no hash", [](Rules& r) { r.hash = false; }},
    Control{"no known place", [](Rules& r) { r.known_seq = r.known_head = false; }},
    Control{"no known seq", [](Rules& r) { r.known_seq = false; }},
    Control{"no known head", [](Rules& r) { r.known_head = false; }},
    Control{"only announcements know", [](Rules& r) { r.known_of_others = false; }},
    Control{"no epoch", [](Rules& r) { r.epoch = false; }},
    Control{"no epoch, no prev", [](Rules& r) { r.epoch = r.prev = false; }},
    Control{"no epoch, no seq", [](Rules& r) { r.epoch = r.seq = false; }},
    Control{"no seq", [](Rules& r) { r.seq = false; }},
    Control{"no seq, no prev", [](Rules& r) { r.seq = r.prev = false; }},
    Control{"no prev, no known head", [](Rules& r) { r.prev = r.known_head = false; }},
    Control{"no seal", [](Rules& r) { r.seal = false; }},
    Control{"answers before the log", [](Rules& r) { r.waits_for_the_log = false; }},
    Control{"offsets unchecked", [](Rules& r) { r.checks_offsets = false; }},
    Control{"a gap freezes", [](Rules& r) { r.freezes_below_only = false; }},
    Control{"same epoch when unsure", [](Rules& r) { r.announces_when_unsure = false; }},
    Control{"announces blindly", [](Rules& r) { r.announces_next_epoch = false; }},
    Control{"announces speculation", [](Rules& r) { r.announces_what_it_read = false; }},
    // Rule 2 backs it up as soon as somebody writes past the place; until then it stands alone.
    Control{"beyond the end", [](Rules& r) { r.stops_beyond_end = false; }},
    Control{"starts too early", [](Rules& r) { r.starts_at_its_place = false; }},
    Control{"heads forgotten", [](Rules& r) { r.recalls_heads = false; }},
    Control{"no deduplication", [](Rules& r) { r.remembers_commands = false; }},
    Control{"bodies not compared", [](Rules& r) { r.compares_bodies = false; }},
    Control{"no barrier", [](Rules& r) { r.barrier = false; }},
    Control{"refuses from speculation", [](Rules& r) { r.refuses_what_is_so = false; }},
    Control{"already so, not committed", [](Rules& r) { r.commits_what_is_so = false; }},
    Control{"the copy lacks the seal", [](Rules& r) { r.copies_the_seal = false; }},
    Control{"the seal seals the copy", [](Rules& r) { r.seals_the_source = false; }},
    Control{"the copy leads too early", [](Rules& r) { r.leads_whole_copies = false; }},
};

}  // namespace pakashop::simulation
