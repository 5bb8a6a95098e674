#include "tests/simulation/network.hpp"

#include <algorithm>
#include <utility>

namespace pakashop::simulation {
namespace {

constexpr std::size_t under_way_max = 24;

}  // namespace

void Network::send(Produce produce) {
    if (under_way_.size() > under_way_max) under_way_.erase(under_way_.begin());
    produce.offsets.resize(produce.wires.size());
    under_way_.push_back(std::move(produce));
}

void Network::land_some() {
    if (under_way_.empty()) return;
    const bool any = tape_.in_thousand(350);
    land(any ? tape_.below_size(under_way_.size()) : 0, false);
}

void Network::land_all() {
    while (!under_way_.empty()) land(0, true);
}

std::vector<Produce> Network::hold_back() {
    std::vector<Produce> held;
    while (!under_way_.empty()) {
        const std::size_t index = tape_.below_size(under_way_.size());
        if (!tape_.in_thousand(300)) {
            land(index, true);
            continue;
        }
        held.push_back(std::move(under_way_[index]));
        under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(index));
    }
    return held;
}

std::optional<Delivery> Network::next_report() {
    if (reports_.empty()) return std::nullopt;
    return tape_.take(reports_, 350);
}

std::optional<Delivery> Network::oldest_report() {
    if (reports_.empty()) return std::nullopt;
    return tape_.take(reports_, 0);
}

// Which records of a batch land now: all, or those before or behind a cut, or any.
std::uint32_t Network::draw_landing(std::uint32_t count) {
    const std::uint32_t all = (1U << count) - 1;
    if (count < 2 || !tape_.in_thousand(odds.cut)) return all;
    switch (tape_.below(3)) {
        case 0:
            return all & tape_.draw();
        case 1:
            return all & ~1U;
        default:
            return (1U << tape_.below(count)) - 1;
    }
}

// A batch may be lost, be cut into what lands now and what does not, or land and stay under way to
// land again.
void Network::land(std::size_t index, bool whole) {
    Produce produce = std::move(under_way_[index]);
    under_way_.erase(under_way_.begin() + static_cast<std::ptrdiff_t>(index));
    if (!whole && tape_.in_thousand(odds.lose)) return;
    const auto count = static_cast<std::uint32_t>(produce.wires.size());
    const std::uint32_t landing = whole ? (1U << count) - 1 : draw_landing(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        if ((landing >> i & 1U) == 0) continue;
        world_.land(produce.wires[i]);
        const bool told = !produce.offsets[i] || (!whole && tape_.in_thousand(200));
        if (told) produce.offsets[i] = world_.size() - 1;
    }
    settle(produce, whole);
}

void Network::settle(Produce& produce, bool whole) {
    const bool all =
        std::ranges::all_of(produce.offsets, [](const auto& offset) { return offset.has_value(); });
    const bool again = !whole && tape_.in_thousand(all ? 100 : 60);
    const bool due = (all && !produce.reported) || again;
    if (due && (whole || !tape_.in_thousand(odds.lose_report))) {
        reports_.push_back({produce.node, produce.ticket, produce.offsets});
        produce.reported = true;
    }
    const bool stays = !whole && tape_.in_thousand(all ? odds.repeat : 700);
    if (stays) under_way_.push_back(std::move(produce));
}

}  // namespace pakashop::simulation
