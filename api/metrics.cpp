#include "api/metrics.hpp"

#include <algorithm>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace pakashop::api {
namespace {

/// A registry that is filled for one scrape: the figures live where the work is done.
class Scrape {
public:
    using Labels = std::map<std::string, std::string>;

    template <class Number>
    void counter(const char* name, const char* help, Number value, const Labels& labels = {}) {
        auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
        family.Add(labels).Increment(static_cast<double>(value));
    }
    template <class Number>
    void gauge(const char* name, const char* help, Number value, const Labels& labels = {}) {
        auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
        family.Add(labels).Set(static_cast<double>(value));
    }
    std::string text() const { return prometheus::TextSerializer{}.Serialize(registry_.Collect()); }

private:
    prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

void add_providers(Scrape& out, const std::vector<ProviderFigures>& providers) {
    for (const ProviderFigures& one : providers) {
        const Scrape::Labels labels{{"provider", std::string{one.provider}}};
        out.gauge(
            "pakashop_provider_breaker_open",
            "1 while calls are held back.",
            one.breaker_open,
            labels
        );
        out.counter("pakashop_provider_attempts_total", "Granted attempts.", one.attempts, labels);
        out.counter("pakashop_provider_answered_total", "Answered calls.", one.answered, labels);
        out.counter("pakashop_provider_failed_total", "Calls without answer.", one.failed, labels);
        out.counter("pakashop_provider_away_total", "Calls without connection.", one.away, labels);
        out.counter(
            "pakashop_provider_latency_ms_sum", "Time spent in calls.", one.latency_sum_ms, labels
        );
    }
}

// The upper bound of the bucket that the 95th of 100 calls falls into; a second more than the last
// bound where it lies beyond.
std::int64_t p95_of(const ProviderFigures& figures) {
    std::uint64_t calls = 0;
    for (const std::uint64_t count : figures.latency_counts) calls += count;
    if (calls == 0) return 0;
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < latency_bounds_ms.size(); ++i) {
        seen += figures.latency_counts[i];
        if (seen * 100 >= calls * 95) return latency_bounds_ms[i];
    }
    return latency_bounds_ms.back() + 1'000;
}

// Sent among all that were transmitted; 1 while nothing was.
double success_rate(const TaxFigures& taxes) {
    const auto sent = static_cast<double>(taxes.sent());
    const auto all = sent + static_cast<double>(taxes.failed());
    return all > 0 ? sent / all : 1.0;
}

void add_taxes(
    Scrape& out,
    const TaxFigures& taxes,
    const std::vector<ProviderFigures>& providers
) {
    out.gauge("zra_transmission_success_rate", "Sent of transmitted, 0 to 1.", success_rate(taxes));
    out.counter("zra_failed_transmissions", "Transmissions that failed.", taxes.failed());
    out.counter("zra_mock_transmissions", "Mock receipts.", taxes.mocked());
    out.counter("zra_invalid_tpin_count", "Invoices without a valid TPIN.", taxes.blocked());
    for (const ProviderFigures& one : providers) {
        if (one.provider != "zra") continue;
        out.gauge("zra_transmission_latency_ms", "p95 of the authority's calls.", p95_of(one));
    }
}

void add_egress(
    Scrape& out,
    const model::EgressStatus& egress,
    const std::vector<std::uint64_t>& log
) {
    std::uint64_t lag = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        lag += log[i] - std::min(log[i], egress.places[i]);
    }
    const bool follows = egress.health == model::EgressHealth::following;
    out.gauge("pakashop_egress_following", "1 while events are published.", follows ? 1 : 0);
    out.gauge("pakashop_egress_lag_records", "Records not published yet.", lag);
    out.counter("pakashop_egress_events_total", "Events published.", egress.published);
}

}  // namespace

std::string render_metrics(
    const Engine::Figures& engine,
    const Gateway::Figures& gateway,
    const model::RunnerStatus& runner,
    std::uint64_t lag,
    const std::vector<ProviderFigures>& providers,
    std::size_t processes_outstanding,
    const TaxFigures& taxes,
    const std::optional<model::EgressStatus>& egress
) {
    Scrape out;
    out.counter("pakashop_commits_total", "Durable commits.", engine.commits);
    out.counter("pakashop_events_total", "Durable events.", engine.events);
    out.counter("pakashop_flushes_total", "Synced writes of the log.", engine.flushes);
    out.counter(
        "pakashop_overloads_total", "Commands refused: queue full.", engine.refusals_overload
    );
    out.gauge("pakashop_queue", "Commands waiting for the log.", engine.queued);
    out.gauge("pakashop_halted_partitions", "Partitions that stopped.", engine.halted_partitions);
    out.counter("pakashop_requests_total", "HTTP requests.", gateway.requests);
    out.counter("pakashop_requests_refused_total", "Answered 4xx.", gateway.refused);
    out.counter("pakashop_requests_failed_total", "Answered 5xx.", gateway.failed);
    out.gauge("pakashop_read_model_lag_records", "Records not visible yet.", lag);
    out.counter("pakashop_read_model_rows_total", "Rows written.", runner.rows);
    out.counter("pakashop_read_model_batches_total", "Batches written.", runner.batches);
    out.gauge("pakashop_processes_outstanding", "Commands to other keys.", processes_outstanding);
    add_providers(out, providers);
    add_taxes(out, taxes, providers);
    if (egress) add_egress(out, *egress, engine.places);
    return out.text();
}

}  // namespace pakashop::api
