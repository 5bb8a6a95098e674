#include "projections/config.hpp"

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges of_config(const ConfigEvent& event) {
    return match(event, [](const SettingChanged& e) {
        return RowChanges{insert(
            tables::config,
            {{"name", e.name}, {"value", e.value}, {"changed_by", e.by.value}, {"changed_at", e.at}}
        )};
    });
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* config = std::get_if<ConfigEvent>(&event)) return of_config(*config);
    return {};
}

constexpr std::array own_tables{&tables::config};
constexpr std::array<std::string_view, 1> families{"config"};

}  // namespace

constinit const Projection config_projection{"config", own_tables, families, project};

}  // namespace pakashop::model
