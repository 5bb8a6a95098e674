#include "tests/simulation/histories.hpp"

#include <algorithm>

namespace pakashop::simulation {
namespace {

// The sealed log's admitted records make the same history elsewhere, and there somebody can lead.
void check_copy(Scene& scene) {
    LogWorld& world = scene.world;
    if (world.fault() != LogFault::move || !world.sealed() || world.violated()) return;
    ++world.tally.moves;
    Reader copy{scene.rules, true};
    for (std::size_t i = 0; i < world.size(); ++i) {
        if (world.truth(i).verdict != Verdict::admitted) continue;
        const bool admitted = copy.offer(*world.at(i).wire) == Verdict::admitted;
        if (!admitted) return world.report(Violation::behind_seal);
        const bool seals = world.at(i).wire->record.kind == RecordKind::resign &&
                           !world.at(i).wire->record.body.empty();
        if (seals) break;
    }
    Record record = blank_record(RecordKind::announce, copy.fold());
    record.epoch += 1;
    record.node = node_id(scene.next_life);
    const bool same = copy.head() == world.truth().head() && copy.shelf() == world.truth().shelf();
    const bool leads = copy.offer(*wire_of(std::move(record))) == Verdict::admitted;
    if (!same || !leads) world.report(Violation::behind_seal);
}

void compare_unharmed(Scene& scene, const std::vector<const Reader*>& all) {
    const Reader& truth = scene.world.truth();
    for (const Reader* reader : all) {
        const bool same = reader->head() == truth.head() && reader->shelf() == truth.shelf();
        if (!reader->halted() && !same) scene.world.report(Violation::readers_differ);
    }
    check_copy(scene);
}

// Nobody has stopped, so nobody may have had a reason to. The one batch of another history that a
// reader may pass over is no reason before somebody writes behind it; a place beyond the end is one
// even if nobody ever writes again.
void compare_harmed(LogWorld& world, const std::vector<const Reader*>& all, bool went_on) {
    const Reader& truth = world.truth();
    for (const Reader* reader : all) {
        const bool differs = reader->differs(truth, truth.seq());
        if (reader->saw_other && differs && went_on) world.report(Violation::split_history);
        const bool lost = differs || reader->seq() > truth.seq();
        if (reader->offset > world.size() && lost) world.report(Violation::serves_lost);
    }
}

// A record that somebody was promised lies there, and nobody who reads it counts it.
void check_not_void(LogWorld& world, const Promise& promise) {
    for (std::size_t i = 0; i < world.size(); ++i) {
        const Landed& landed = world.at(i);
        const bool void_there = landed.serial == promise.serial && !landed.gone &&
                                world.truth(i).verdict == Verdict::voided;
        if (void_there && !world.behind_hole(*landed.wire)) world.report(Violation::silent_void);
    }
}

// Whoever was told of a success finds it in the history: on a harmed log, at least as long as its
// record still lies there and nobody has stopped.
void check_promises(Scene& scene) {
    LogWorld& world = scene.world;
    for (const Promise& promise : scene.promises) {
        const auto command = static_cast<std::size_t>(promise.command);
        const auto& done = world.truth().shelf().done[command];
        if (world.clean()) {
            if (done != promise.change) world.report(Violation::lost_answer);
        } else if (!done && !promise.blind) {
            check_not_void(world, promise);
        }
    }
}

}  // namespace

void compare_histories(Scene& scene, const std::vector<const Reader*>& all, bool went_on) {
    LogWorld& world = scene.world;
    const bool stopped =
        world.truth().halted() ||
        std::ranges::any_of(all, [](const Reader* reader) { return reader->halted(); });
    if (world.clean()) compare_unharmed(scene, all);
    if (!world.clean() && !stopped) compare_harmed(world, all, went_on);
    if (world.clean() || !stopped) check_promises(scene);
}

}  // namespace pakashop::simulation
