#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "aggregates/settings.hpp"
#include "handlers/ask.hpp"
#include "handlers/ports/clock.hpp"
#include "handlers/ports/messenger.hpp"
#include "handlers/ports/mobile_money.hpp"
#include "handlers/ports/tax_authority.hpp"
#include "handlers/reference.hpp"
#include "handlers/stream_loader.hpp"

/// A reactor acts on the outside world, once the log has granted it the attempt (architecture 3.2).
/// It reads its intent from the log, calls, and records what it learnt under command ids derived
/// from effect and attempt. One function per kind of effect, each in a file of its own.
namespace pakashop {

/// Something people should hear of. Holds no secret and no personal data.
struct Notice {
    enum class Level { info, warning, error };
    Level level = Level::info;
    std::string code;  ///< Stable, for alerts: `invoice_failed`.
    std::string text;
};
using TellNotice = std::function<void(const Notice&)>;

/// All that reactors use of the world. The references outlive the worker.
struct ReactorContext {
    Engine& engine;
    Vault& vault;
    Reference& reference;
    const Clock& clock;
    MobileMoney& money;
    TaxAuthority& tax;
    Messenger& messenger;
    PinKey pin_key;
    std::function<Settings()> settings;
    TellNotice notice;
    /// Waits until this node has followed what was durable before, where others lead as well.
    std::function<void()> catch_up = [] {};
};

/// An attempt that the log granted.
struct Grant {
    EffectId effect;
    EffectKind kind{};
    std::string key;
    PublicText subject;
    std::int64_t attempt = 0;
    bool resumed = false;  ///< An earlier attempt ended without a result: nobody knows what it did.
    Trace trace;           ///< Of the request behind it; its causation is the grant.
};

/// The matter stays open; the next attempt is due then.
struct Later {
    Duration after;
    std::string reason;
};
/// Nothing is left to do.
struct Done {
    std::string outcome;
};
/// What was recorded has closed the effect, or said when it goes on, in the same commit.
struct Recorded {};
/// The result could not be recorded. The attempt ends with its lease, and the next one asks first.
struct Unrecorded {};
using Next = std::variant<Later, Done, Recorded, Unrecorded>;

/// How the provider did, for its breaker.
enum class Reach {
    not_called,
    answered,  ///< Whatever the answer.
    failed,    ///< No usable answer, or one that says it cannot now.
    away       ///< No connection.
};

struct Reaction {
    Next next;
    Reach reach = Reach::not_called;
    std::int64_t call_ms = -1;  ///< Of the provider's call; below 0: there was none.
};

Reaction react_to_deposit(const ReactorContext& context, const Grant& grant);
Reaction react_to_payout(const ReactorContext& context, const Grant& grant);
Reaction react_to_invoice(const ReactorContext& context, const Grant& grant);
Reaction react_to_tpin_check(const ReactorContext& context, const Grant& grant);
Reaction react_to_pin_message(const ReactorContext& context, const Grant& grant);

/// The one of the grant's kind.
Reaction react(const ReactorContext& context, const Grant& grant);

/// How an answer counts for the breaker.
template <class T>
Reach reach_of(const CallResult<T>& result) {
    return match(
        result,
        [](const OneOf<T, Refused> auto&) { return Reach::answered; },
        [](const OneOf<TryLater, Unknown> auto&) { return Reach::failed; },
        [](const NotSent&) { return Reach::away; }
    );
}

/// Calls and notes in `reaction` how it went and how long it took.
template <class Call>
auto timed(Reaction& reaction, const Call& call) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = call();
    const auto took = std::chrono::steady_clock::now() - begin;
    reaction.call_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    reaction.reach = reach_of(result);
    return result;
}

/// `first` doubled with each further attempt, up to `most`.
Duration backoff(std::int64_t attempt, Duration first, Duration most);

/// The durable state of an aggregate's stream. Throws CorruptStream.
template <class Aggregate>
typename Aggregate::State
load(const ReactorContext& context, std::string_view key, std::string_view id) {
    Engine& engine = context.engine;
    auto loaded =
        load_stream(engine.store(), engine.partition_of_key(key), stream_of<Aggregate>(id));
    return std::get<typename Aggregate::State>(std::move(loaded.state));
}

/// Records what an attempt learnt, under an id derived from effect, attempt and `what`; the log
/// being busy or away is waited out for some seconds. Nothing when it could not be recorded.
std::optional<Outcome> record(
    const ReactorContext& context,
    const Grant& grant,
    std::string_view what,
    KeyedCommand command
);
/// The same under an id of its own, as somebody else's word.
std::optional<Outcome> record_as(
    const ReactorContext& context,
    const Grant& grant,
    const CommandId& id,
    const Actor& actor,
    KeyedCommand command
);

/// The outcome's event of that type; null when there is none.
template <class Family, class Event>
const Event* find_event(const Outcome& outcome) {
    if (!outcome.commit) return nullptr;
    for (const CommittedEvent& each : outcome.commit->events) {
        const auto* family = std::get_if<Family>(&each.event);
        if (const auto* found = family ? std::get_if<Event>(family) : nullptr) return found;
    }
    return nullptr;
}

}  // namespace pakashop
