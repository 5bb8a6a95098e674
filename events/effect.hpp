#pragma once

#include <variant>

#include "events/words.hpp"

/// One act upon the outside world, granted by the log before it is done (architecture 3.2). Key:
/// that of its intent.
namespace pakashop {

enum class EffectKind { deposit, payout, zra_invoice, tpin_check, pin_message };
constexpr auto enum_names(EffectKind) {
    return std::array<std::string_view, 5>{
        "deposit", "payout", "zra_invoice", "tpin_check", "pin_message"
    };
}

/// Something must be done outside; `subject` names it, and with `kind` says what.
struct EffectRequested {
    static constexpr std::string_view type = "effect.requested.v1";  // Stored for ever.
    EffectId effect;
    EffectKind kind{};
    PublicText subject;
    Instant due_at;
    std::optional<Instant> expires_at;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("effect", &EffectRequested::effect),
            field("kind", &EffectRequested::kind),
            field("subject", &EffectRequested::subject),
            field("dueAt", &EffectRequested::due_at),
            field("expiresAt", &EffectRequested::expires_at),
            field("at", &EffectRequested::at)
        };
    }
    friend bool operator==(const EffectRequested&, const EffectRequested&) = default;
};
static_assert(lists_every_member<EffectRequested>);

/// The grant: this attempt, and no other, may call now.
struct EffectBegun {
    static constexpr std::string_view type = "effect.begun.v1";  // Stored for ever.
    EffectId effect;
    EffectKind kind{};
    std::int64_t attempt = 0;
    Instant lease_until;
    Instant at;
    static constexpr auto fields() {
        return std::tuple{
            field("effect", &EffectBegun::effect),
            field("kind", &EffectBegun::kind),
            field("attempt", &EffectBegun::attempt),
            field("leaseUntil", &EffectBegun::lease_until),
            field("at", &EffectBegun::at)
        };
    }
    friend bool operator==(const EffectBegun&, const EffectBegun&) = default;
};
static_assert(lists_every_member<EffectBegun>);

/// The attempt is over and the matter still open: again at `due_at`.
struct EffectDeferred {
    static constexpr std::string_view type = "effect.deferred.v1";  // Stored for ever.
    EffectId effect;
    std::int64_t attempt = 0;
    PublicText reason;
    Instant due_at;
    static constexpr auto fields() {
        return std::tuple{
            field("effect", &EffectDeferred::effect),
            field("attempt", &EffectDeferred::attempt),
            field("reason", &EffectDeferred::reason),
            field("dueAt", &EffectDeferred::due_at)
        };
    }
    friend bool operator==(const EffectDeferred&, const EffectDeferred&) = default;
};
static_assert(lists_every_member<EffectDeferred>);

/// Nothing is left to do.
struct EffectFinished {
    static constexpr std::string_view type = "effect.finished.v1";  // Stored for ever.
    EffectId effect;
    PublicText outcome;
    static constexpr auto fields() {
        return std::tuple{
            field("effect", &EffectFinished::effect), field("outcome", &EffectFinished::outcome)
        };
    }
    friend bool operator==(const EffectFinished&, const EffectFinished&) = default;
};
static_assert(lists_every_member<EffectFinished>);

/// Every event of this family; the variant is the registry.
using EffectEvent = std::variant<EffectRequested, EffectBegun, EffectDeferred, EffectFinished>;

}  // namespace pakashop
