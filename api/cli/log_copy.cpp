#include "handlers/log_copy.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include <fmt/format.h>
#include <openssl/rand.h>

#include "api/cli/commands.hpp"
#include "api/cli/copy_ends.hpp"
#include "api/cli/copy_meter.hpp"
#include "api/cli/stores.hpp"
#include "events/kernel/require.hpp"
#include "handlers/log_import.hpp"

namespace pakashop::cli {
namespace {

using api::StartFailure;
using Done = Result<void, StartFailure>;

StartFailure failure_of(const CopyFailure& failure) {
    using Kind = CopyFailure::Kind;
    const bool data = failure.kind == Kind::damaged || failure.kind == Kind::foreign;
    return {data ? api::exit_bad_data : api::exit_try_again, failure.text};
}

unexpected<StartFailure> fail(int code, std::string text) {
    return unexpected{StartFailure{code, std::move(text)}};
}

unexpected<StartFailure> fail(KeyFailure failure, const std::string& what) {
    const bool away = failure == KeyFailure::unavailable;
    return fail(away ? api::exit_try_again : api::exit_bad_data, what);
}

// How the node of every copy begins: in the log for ever. No server's does, since those are drawn.
constexpr std::string_view copier = "log-copy";

NodeId fresh_node() {
    NodeId id;
    require(RAND_bytes(id.data(), static_cast<int>(id.size())) == 1, "randomness is available");
    std::ranges::copy(copier, id.begin());
    return id;
}

bool is_copier(const NodeId& node) {
    return std::ranges::equal(copier, std::span{node}.first(copier.size()));
}

/// One run of the command, from the two logs to the sealed source.
class CopyRun {
public:
    CopyRun(const LogCopyOrder& order, std::string location)
        : order_{order}, location_{std::move(location)} {}

    Done run();

private:
    bool grows() const { return to_.generation != source_.log->generation(); }
    Done open();
    Done check_order() const;
    Done check_apart() const;
    Done look_at_source();
    Done check_led() const;
    Done check_moved() const;
    Result<bool, StartFailure> target_holds_records() const;
    Done copy_verbatim();
    Done grow();
    Done check_empty() const;
    Done seal_source();
    Done begin();
    Done end();
    Done carry_keys();
    void print_heads() const;
    void print_next() const;
    void print_steps_of_integrations() const;

    const LogCopyOrder& order_;
    const std::string location_;
    CopyDestination to_;
    LogAddress moved_to_;  ///< What the seal says.
    CopySource source_;
    CopySink sink_;
    std::unique_ptr<LogSurveyor> surveyor_;
    LogSurvey survey_;
    bool finished_ = false;  ///< An earlier run came to its end.
    bool readers_go_on_ = false;
    std::uint64_t written_ = 0;
};

Done CopyRun::run() {
    if (auto opened = open(); !opened) return opened;
    if (auto good = look_at_source(); !good) return good;
    if (auto copied = grows() ? grow() : copy_verbatim(); !copied) return copied;
    print_heads();
    print_next();
    return {};
}

Done CopyRun::open() {
    const auto brokers = brokers_in(order_.to);
    if (!brokers || brokers->empty()) {
        return fail(api::exit_usage, "--to must be kafka://HOST:PORT,…");
    }
    auto source = open_copy_source(location_);
    if (!source) return unexpected{std::move(source.error())};
    source_ = *std::move(source);
    to_ = {
        *brokers,
        order_.generation.empty() ? std::string{source_.log->generation()} : order_.generation,
        order_.partitions.value_or(source_.log->partitions()),
        order_.allow_weak_topic
    };
    if (auto good = check_order(); !good) return good;
    auto sink = open_copy_sink(to_);
    if (!sink) return unexpected{std::move(sink.error())};
    sink_ = *std::move(sink);
    moved_to_ = {order_.to, to_.generation, sink_.cluster};
    return check_apart();
}

Done CopyRun::check_order() const {
    const std::uint32_t old = source_.log->partitions();
    if (!grows() && to_.partitions != old) {
        return fail(
            api::exit_usage,
            fmt::format(
                "generation {} has {} partitions for ever: with more it begins a new one, so name "
                "it with --generation",
                to_.generation,
                old
            )
        );
    }
    const bool multiple = to_.partitions > old && to_.partitions % old == 0;
    if (grows() && (!multiple || to_.partitions > slices)) {
        return fail(
            api::exit_usage,
            fmt::format(
                "a new generation has a multiple of the {} partitions of the old one, {} at most: "
                "say which with --partitions",
                old,
                slices
            )
        );
    }
    return {};
}

// A log that is sealed onto itself is served nowhere again.
Done CopyRun::check_apart() const {
    if (grows() || source_.cluster != sink_.cluster) return {};
    return fail(api::exit_usage, "that is the same log");
}

Done CopyRun::look_at_source() {
    fmt::print(stderr, "proving the source, {}\n", location_);
    surveyor_ = std::make_unique<LogSurveyor>(*source_.log);
    auto found = surveyor_->read();
    if (!found) return unexpected{failure_of(found.error())};
    survey_ = *std::move(found);
    if (survey_.records() == 0) return fail(api::exit_bad_data, "the source is empty");
    const auto held = target_holds_records();
    if (!held) return unexpected{held.error()};
    // A target without any is made anew, also where it was whole once.
    finished_ = survey_.sealed() && *held && !sink_.keys->copied_from(to_.generation);
    if (auto good = check_moved(); !good) return good;
    return check_led();
}

Result<bool, StartFailure> CopyRun::target_holds_records() const {
    std::vector<PartitionId> all(sink_.log->partitions());
    std::iota(all.begin(), all.end(), PartitionId{0});
    const auto ends = sink_.log->ends(all);
    if (!ends) return fail(api::exit_service_away, "the target cannot be read");
    return std::ranges::any_of(*ends, [](std::uint64_t end) { return end > 0; });
}

// Where its seal names other brokers nothing is written there, lest the log goes on in two places;
// a target that holds all of it may well be the one, with new addresses.
Done CopyRun::check_moved() const {
    for (const PartitionSurvey& one : survey_.partitions) {
        if (one.moved_to.empty()) continue;
        const auto there = LogAddress::parse(one.moved_to);
        if (there && there->same_log(moved_to_)) continue;
        if (there && there->generation == to_.generation && finished_) continue;
        return fail(
            api::exit_bad_data,
            "the source was moved to " + one.moved_to + " and is sealed: it is copied there only"
        );
    }
    return {};
}

// Where nothing but the log says who leads, a leader must have stepped down.
Done CopyRun::check_led() const {
    bool sealing = false;
    for (const auto& one : survey_.partitions) sealing = sealing || one.state.sealed;
    if (source_.log->exclusive() || sealing) return {};
    for (std::size_t i = 0; i < survey_.partitions.size(); ++i) {
        const AdmissionState& state = survey_.partitions[i].state;
        if (state.epoch == 0 || state.resigned || is_copier(state.node)) continue;
        return fail(
            api::exit_try_again,
            fmt::format(
                "the source is in use: partition {} is led; stop its servers by SIGTERM, and where "
                "the last one was killed, start and stop one",
                i
            )
        );
    }
    return {};
}

Done CopyRun::copy_verbatim() {
    CopyMeter meter{survey_.records(), order_.rate};
    LogCopy copy{
        *source_.log,
        {*sink_.log,
         [this](PartitionId partition, std::uint64_t offset) {
             sink_.log->continue_at(partition, offset);
         }},
        [&](std::uint64_t records) { meter.count(records); }
    };
    const auto whole = copy.compare(survey_);
    if (!whole) return unexpected{failure_of(whole.error())};
    if (finished_ && !*whole) {
        return fail(
            api::exit_bad_data,
            "the target no longer holds what was copied there; unless it was served since, delete "
            "its topic, make it again, and run this again"
        );
    }
    if (!finished_) {
        if (auto begun = begin(); !begun) return begun;
        if (auto ran = copy.run(survey_); !ran) return unexpected{failure_of(ran.error())};
        if (auto sealed = seal_source(); !sealed) return sealed;
        if (auto ran = copy.run(survey_); !ran) return unexpected{failure_of(ran.error())};
        if (auto ended = end(); !ended) return ended;
    }
    written_ = meter.records();
    readers_go_on_ = copy.offsets_kept();
    fmt::print("compared byte by byte, {} void records in the target\n", copy.voids());
    return {};
}

// The source is sealed first, since the new log begins with the head that the old one ended with.
Done CopyRun::grow() {
    for (const PartitionSurvey& one : survey_.partitions) {
        if (fits_import(one.largest)) continue;
        return fail(api::exit_bad_data, "a record of the source is too large to be carried");
    }
    if (!finished_) {
        if (auto empty = check_empty(); !empty) return empty;
        if (auto begun = begin(); !begun) return begun;
        if (auto sealed = seal_source(); !sealed) return sealed;
    }
    CopyMeter meter{survey_.records(), order_.rate};
    LogImport import{*source_.log, *sink_.log, survey_, fresh_node(), [&](std::uint64_t records) {
                         meter.count(records);
                     }};
    if (auto ran = finished_ ? import.check() : import.run(); !ran) {
        return unexpected{failure_of(ran.error())};
    }
    written_ = meter.records();
    return finished_ ? Done{} : end();
}

// Before the source is given up, nothing may lie where it is to go.
Done CopyRun::check_empty() const {
    if (survey_.sealed()) return {};
    const auto held = target_holds_records();
    if (!held) return unexpected{held.error()};
    if (!*held) return {};
    return fail(
        api::exit_bad_data,
        "generation " + to_.generation + " has records already: name one that has none"
    );
}

Done CopyRun::seal_source() {
    auto sealed = seal(*surveyor_, moved_to_.text(), fresh_node());
    if (!sealed) return unexpected{failure_of(sealed.error())};
    survey_ = *std::move(sealed);
    return {};
}

// From here on no server opens the target, until end().
Done CopyRun::begin() {
    if (auto begun = sink_.keys->begin_copy(to_.generation, location_); !begun) {
        return fail(begun.error(), "the target's topic of keys cannot be written");
    }
    return carry_keys();
}

// Once more, now that nobody makes or destroys keys at the source any more.
Done CopyRun::end() {
    if (auto carried = carry_keys(); !carried) return carried;
    const auto keys = source_.wrapped_keys();
    if (!keys) return fail(keys.error(), "the source's keys cannot be read");
    std::size_t destroyed = 0;
    for (const WrappedKey& key : *keys) destroyed += key.wrapped.empty();
    const std::string digest = to_hex(digest_of(*keys)).substr(0, 16);
    fmt::print("keys of {} subjects, {} destroyed, digest {}\n", keys->size(), destroyed, digest);
    if (auto ended = sink_.keys->end_copy(to_.generation); !ended) {
        return fail(ended.error(), "the target's topic of keys cannot be written");
    }
    return {};
}

Done CopyRun::carry_keys() {
    const auto keys = source_.wrapped_keys();
    if (!keys) return fail(keys.error(), "the source's keys cannot be read");
    const auto imported = sink_.keys->import(*keys);
    if (imported) return {};
    const KeyImportFailure& failure = imported.error();
    if (failure.contradicts.empty()) {
        return fail(failure.failure, "the target's topic of keys cannot be written");
    }
    return fail(
        api::exit_bad_data,
        "the target holds another key of " + failure.contradicts + ": it is of another shop"
    );
}

void CopyRun::print_heads() const {
    fmt::print("{:>9} {:>10}  {}\n", "partition", "records", "head");
    for (std::size_t i = 0; i < survey_.partitions.size(); ++i) {
        const PartitionSurvey& one = survey_.partitions[i];
        const Place& place = grows() ? one.state.place : one.end;
        fmt::print("{:>9} {:>10}  {}\n", i, place.seq, to_hex(place.head));
    }
}

void CopyRun::print_next() const {
    fmt::print(
        "the target holds all {} records, {} written now; the source is sealed\n"
        "serve it with PAKASHOP_LOG={} PAKASHOP_GENERATION={} PAKASHOP_PARTITIONS={}\n",
        survey_.records(),
        written_,
        order_.to,
        to_.generation,
        to_.partitions
    );
    if (readers_go_on_) return;
    fmt::print("and a DATABASE_URL that is empty: read models are made again from the log\n");
    if (grows()) return print_steps_of_integrations();
    fmt::print(
        "remove replica-{} from each PAKASHOP_DATA; where events are published, delete the topic\n"
        "pakashop.egress.places: the relay begins anew, and publishes nothing twice\n",
        to_.generation
    );
}

// Their topics are of one generation: as many partitions, and places within its partitions.
void CopyRun::print_steps_of_integrations() const {
    fmt::print(
        "where events are published, delete the topics pakashop.events.* and "
        "pakashop.egress.places\nbefore it is served: the relay makes them with {} partitions and "
        "publishes the whole history anew,\neach event with its old ce_id and a new ce_source; "
        "integrations begin anew\n",
        to_.partitions
    );
}

}  // namespace

int copy_log(const LogCopyOrder& order) {
    CopyRun run{order, log_location(order.log)};
    const auto done = run.run();
    return done ? api::exit_done : report(done.error());
}

}  // namespace pakashop::cli
