#include "handlers/reactors/reactor.hpp"

#include <thread>

namespace pakashop {
namespace {

constexpr int record_tries = 20;
constexpr auto record_pause = std::chrono::milliseconds{150};

const Actor reactors{"reactors", "SYSTEM", "reactor"};

}  // namespace

Reaction react(const ReactorContext& context, const Grant& grant) {
    switch (grant.kind) {
        case EffectKind::deposit:
            return react_to_deposit(context, grant);
        case EffectKind::payout:
            return react_to_payout(context, grant);
        case EffectKind::zra_invoice:
            return react_to_invoice(context, grant);
        case EffectKind::tpin_check:
            return react_to_tpin_check(context, grant);
        case EffectKind::pin_message:
            return react_to_pin_message(context, grant);
    }
    return {Done{"unknown_kind"}};
}

Duration backoff(std::int64_t attempt, Duration first, Duration most) {
    Duration span = first;
    for (std::int64_t n = 1; n < attempt && span < most; ++n) span.ms *= 2;
    return std::min(span, most);
}

std::optional<Outcome> record(
    const ReactorContext& context,
    const Grant& grant,
    std::string_view what,
    KeyedCommand command
) {
    const std::string origin = grant.effect.value + "#" + std::to_string(grant.attempt);
    const CommandId id = derived_command_id(origin, what, command.to.stream);
    return record_as(context, grant, id, reactors, std::move(command));
}

std::optional<Outcome> record_as(
    const ReactorContext& context,
    const Grant& grant,
    const CommandId& id,
    const Actor& actor,
    KeyedCommand command
) {
    Trace trace = grant.trace;
    trace.causation = grant.effect.value + "#" + std::to_string(grant.attempt);
    const Command whole = system_command(id, std::move(command), actor, trace, context.clock.now());
    for (int n = 0; n < record_tries; ++n) {
        if (n > 0) std::this_thread::sleep_for(record_pause);
        Outcome outcome = ask(context.engine, whole);
        if (is_final(outcome.kind)) return outcome;
        if (outcome.kind == Outcome::Kind::halted) return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace pakashop
