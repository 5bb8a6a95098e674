#include "adapters/kafka/delivery.hpp"

#include <algorithm>

namespace pakashop::kafka {

AppendOutcome judge(std::span<const Report> reports, const Berth& berth) {
    const auto expected = static_cast<std::int64_t>(berth.offset);
    const bool below = std::ranges::any_of(reports, [&](const Report& report) {
        return report.acknowledged && report.offset >= 0 && report.offset < expected;
    });
    if (below) return AppendOutcome::regressed;
    if (reports.empty()) return AppendOutcome::durable;
    std::int64_t next = berth.exact ? expected : std::max(expected, reports[0].offset);
    for (const Report& report : reports) {
        if (!report.acknowledged || report.offset != next) return AppendOutcome::unknown;
        ++next;
    }
    return AppendOutcome::durable;
}

}  // namespace pakashop::kafka
