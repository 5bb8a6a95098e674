#include "projections/effects_due.hpp"

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges requested(const EventMeta& meta, const EffectRequested& e) {
    return {insert(
        tables::effects_due,
        {{"effect", e.effect.value},
         {"key", std::string{meta.key}},
         {"kind", word(e.kind)},
         {"subject", e.subject},
         {"attempts", std::int64_t{0}},
         {"due_at", e.due_at},
         {"expires_at", or_nothing(e.expires_at)},
         {"requested_at", e.at}}
    )};
}

RowChanges on_effect(const EffectId& effect, Cells cells) {
    return {patch(tables::effects_due, {effect.value}, cells)};
}

RowChanges of_effect(const EventMeta& meta, const EffectEvent& event) {
    return match(
        event,
        [&](const EffectRequested& e) { return requested(meta, e); },
        [](const EffectBegun& e) {
            return on_effect(e.effect, {{"attempts", e.attempt}, {"running_until", e.lease_until}});
        },
        [](const EffectDeferred& e) {
            return on_effect(
                e.effect, {{"reason", e.reason}, {"due_at", e.due_at}, {"running_until", Value{}}}
            );
        },
        [](const EffectFinished& e) {
            return RowChanges{remove(tables::effects_due, {e.effect.value})};
        }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* effect = std::get_if<EffectEvent>(&event)) return of_effect(meta, *effect);
    return {};
}

constexpr std::array own_tables{&tables::effects_due};
constexpr std::array<std::string_view, 1> families{"effect"};

}  // namespace

constinit const Projection effects_due_projection{"effects_due", own_tables, families, project};

}  // namespace pakashop::model
