#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/gateway.hpp"
#include "handlers/effect_worker.hpp"
#include "handlers/tax_figures.hpp"
#include "projections/egress.hpp"
#include "projections/runner.hpp"

namespace pakashop::api {

/// The program's figures in Prometheus' text format; those of the egress where one is configured.
std::string render_metrics(
    const Engine::Figures& engine,
    const Gateway::Figures& gateway,
    const model::RunnerStatus& runner,
    std::uint64_t lag,
    const std::vector<ProviderFigures>& providers,
    std::size_t processes_outstanding,
    const TaxFigures& taxes,
    const std::optional<model::EgressStatus>& egress
);

}  // namespace pakashop::api
