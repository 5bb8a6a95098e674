#include "tests/simulation/moving.hpp"

#include "tests/simulation/node.hpp"

namespace pakashop::simulation {
namespace {

// The admitted records up to the seal, as a copy carries them.
std::vector<WirePointer> carried(const Scene& scene) {
    std::vector<WirePointer> records;
    const LogWorld& source = scene.world;
    for (std::size_t i = 0; i < source.size(); ++i) {
        if (source.truth(i).verdict != Verdict::admitted) continue;
        const WirePointer& wire = source.at(i).wire;
        if (is_seal(*wire) && !scene.rules.copies_the_seal) break;
        records.push_back(wire);
        if (is_seal(*wire)) break;
    }
    if (!scene.rules.leads_whole_copies && records.size() > 1) records.resize(records.size() / 2);
    return records;
}

/// The other log, and the one node that is to lead it: its replica is filled by the copy.
class Copy {
public:
    explicit Copy(Scene& source)
        : scene_{source.rules, LogFault::none, Tape{0}, source.errands, true},
          reader_{source.rules, source.rules.seals_the_source},
          node_{scene_, 0} {
        scene_.calm = true;
        scene_.world.tell = source.world.tell;
        scene_.meanwhile = [this] { land_and_deliver(); };
    }

    bool add(const WirePointer& wire) {
        scene_.world.land(wire);
        if (reader_.offer(wire) != Verdict::admitted) return false;
        const AdmittedRecord record{
            {{wire, &wire->record}, wire->bytes, wire->hash},
            scene_.world.size() - 1,
            reader_.fold().state()
        };
        return node_.store().apply(partition, {&record, 1}).has_value();
    }
    /// Whether a shard comes to lead behind what was added.
    bool leads() {
        node_.restart(node_.store().size());
        node_.lead();
        return node_.leads();
    }
    /// Whether it answers the errand.
    bool does(std::size_t errand) {
        const std::size_t from = scene_.clients.requests().size();
        node_.ask(errand);
        node_.flush();
        land_and_deliver();
        node_.take_completions();
        return scene_.clients.finished(errand, from);
    }

    const Reader& reader() const { return reader_; }
    const LogWorld& world() const { return scene_.world; }

private:
    void land_and_deliver() {
        scene_.network.land_all();
        while (const auto delivery = scene_.network.oldest_report()) node_.take(*delivery);
    }

    Scene scene_;
    Reader reader_;
    Node node_;
};

bool moves(Scene& scene) {
    Copy copy{scene};
    for (const WirePointer& wire : carried(scene)) {
        if (!copy.add(wire)) return false;
    }
    const Reader& source = scene.world.truth();
    const bool whole = copy.reader().seq() == source.seq() && copy.reader().head() == source.head();
    if (!whole || !copy.leads()) return false;
    std::uint64_t done_before = 0;
    for (std::size_t errand = 0; errand < errands_while_playing; ++errand) {
        done_before += scene.world.books().done(errand) != nullptr;
        if (!copy.does(errand)) return false;
    }
    const Tally& there = copy.world().tally;
    return there.repeats + there.reused >= done_before && !copy.world().violated();
}

}  // namespace

void check_copy(Scene& scene) {
    ++scene.world.tally.moves;
    scene.say("the log moves");
    if (!moves(scene)) scene.world.report(Violation::behind_seal);
}

}  // namespace pakashop::simulation
