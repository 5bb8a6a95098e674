#pragma once

#include <span>
#include <string>
#include <vector>

#include "events/effect.hpp"
#include "events/kernel/result.hpp"
#include "handlers/ports/read_failure.hpp"

/// What is due outside, as the read model `effects_due` has it. Only a hint: it may be empty,
/// behind, restored from a backup or wrong, because the log grants each act (architecture 3.2).
namespace pakashop {

/// A row of it.
struct DueEffect {
    EffectId effect;
    std::string key;  ///< The partition key of the effect's stream.
    EffectKind kind{};
    PublicText subject;
};

/// Safe from any thread. One contract suite (tests/contracts/effects_queue_contract.hpp).
class EffectsQueue {
public:
    virtual ~EffectsQueue() = default;

    /// Rows of these kinds that are due at `now` and have no attempt running then, oldest due
    /// first. A row that is handed out is not handed out again, to anybody, before `lease` is over
    /// or the projection has changed it since. Does not wait.
    virtual Result<std::vector<DueEffect>, ReadFailure>
    lease(std::span<const EffectKind> kinds, Instant now, std::size_t limit, Duration lease) = 0;

    /// Sleeps until a row may have become due, `wake` is called, or the time is over. Waking too
    /// often is harmless; due times that come by themselves need no waking.
    virtual void wait(Duration at_most) = 0;
    /// Ends every wait that is under way.
    virtual void wake() = 0;
};

}  // namespace pakashop
