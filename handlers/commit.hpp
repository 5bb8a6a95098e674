#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/any_event.hpp"
#include "events/record.hpp"
#include "handlers/commands.hpp"

namespace pakashop {

/// One event as it was committed; personal fields are sealed.
struct CommittedEvent {
    EventId id{};
    std::string stream;
    std::int64_t version = 0;
    AnyEvent event;
};

/// What one command committed, and where.
struct Commit {
    PartitionId partition = 0;
    std::uint64_t seq = 0;
    std::string key;
    CommandId command{};
    std::string command_type;
    Actor actor;
    Trace trace;
    Instant at;
    Digest hash{};
    std::vector<CommittedEvent> events;
};

/// What became of a command (architecture 2.4).
struct Outcome {
    enum class Kind {
        committed,        ///< Durable and admitted; `commit` says what it changed, maybe nothing.
        refused,          ///< The domain says no, and the state that says so is durable.
        key_reused,       ///< The same command id with another body (422).
        overloaded,       ///< The queue is full, or the deadline passed before its turn (503).
        log_unavailable,  ///< The log cannot be written now; nothing was decided (503).
        not_leading,      ///< Another node decides for this key, or none does yet (503).
        storage_low,      ///< Too little free space is left (503).
        too_large,        ///< What it would commit does not fit a record (413).
        halted            ///< The partition's history is damaged; a person has to decide (503).
    };
    Kind kind = Kind::overloaded;
    std::shared_ptr<const Commit> commit{};  ///< Only when committed.
    bool replayed = false;       ///< The commit is that of an earlier call of the same id.
    std::string_view refusal{};  ///< Only when refused: the code, `already_paid`.
};

/// Called once, on the engine's thread: keep it short, and hand longer work on.
using Reply = std::function<void(const Outcome&)>;

/// A command on its way to the shard of its key.
struct Command {
    CommandId id{};
    Fingerprint fingerprint{};
    std::string key;
    StreamCommand to;
    Actor actor;
    Trace trace;
    Instant now;
    Instant deadline{INT64_MAX};  ///< Not begun by then: overloaded.
    /// Its id is made from something that was never used before, so no earlier commit has it and
    /// none is looked for.
    bool fresh = false;
    bool forwarded = false;  ///< Another node passed it on: it is not passed on again.
    Reply reply;
};

/// SHA-256(principal ‖ method ‖ path ‖ key)[:16], each with its length (architecture 2.4).
CommandId command_id(
    std::string_view principal,
    std::string_view method,
    std::string_view path,
    std::string_view key
);
/// The id of a command that follows from another: hash(origin, what, target)[:16].
CommandId
derived_command_id(std::string_view origin, std::string_view what, std::string_view target);

/// Command ids are hashes already, so their first bytes will do.
struct CommandIdHash {
    std::size_t operator()(const CommandId& id) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | id[i];
        return value;
    }
};

/// A stored record as a commit, the one inside an IMPORT at the import's place; nothing for other
/// kinds of record. Throws CorruptStream when an event in it cannot be decoded.
std::shared_ptr<const Commit> to_commit(const Record& record, const Digest& hash);

}  // namespace pakashop
