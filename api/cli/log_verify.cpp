#include <chrono>

#include <fmt/format.h>

#include "api/cli/commands.hpp"
#include "api/cli/stores.hpp"
#include "handlers/chain.hpp"
#include "handlers/log_seal.hpp"

namespace pakashop::cli {
namespace {

constexpr std::string_view row = "{:>9} {:>10} {:>10} {:>6} {:>14}  {}\n";

void print_count(const std::string& what, const ChainCount& count, const std::string& head) {
    fmt::print(row, what, count.records, count.events, count.voids, count.bytes, head);
}

void add(ChainCount& total, const ChainCount& count) {
    total.records += count.records;
    total.events += count.events;
    total.voids += count.voids;
    total.bytes += count.bytes;
}

// What is wrong with a partition, or its line printed when nothing is.
std::string check_partition(
    LogView& view,
    PartitionId partition,
    const Result<ChainCount, ChainProblem>& count,
    ChainCount& total
) {
    if (!count) return text_of(partition, count.error());
    print_count(std::to_string(partition), *count, to_hex(count->place.head));
    add(total, *count);
    // Of a log that others go on writing more may have been read by now.
    const Place stored = view.store().state(partition).place;
    const bool grown = !view.log().exclusive() && count->place.seq > stored.seq;
    if (grown || stored == count->place) return {};
    return fmt::format("partition {}: its records do not lead to its stored state", partition);
}

int fail(const std::string& problem) {
    fmt::print(stderr, "pakashop: {}\n", problem);
    return api::exit_bad_data;
}

}  // namespace

int verify_log(const std::string& directory) {
    const std::string where = log_location(directory);
    const auto view = LogView::open(where);
    if (!view) return report(view.error());
    const auto began = std::chrono::steady_clock::now();
    fmt::print("log {}, generation {}\n", where, (*view)->log().generation());
    fmt::print(row, "partition", "records", "events", "voids", "bytes", "head");
    ChainCount total;
    const auto counts = verify_chains((*view)->log());
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const auto partition = static_cast<PartitionId>(i);
        const std::string problem = check_partition(**view, partition, counts[i], total);
        if (!problem.empty()) return fail(problem);
    }
    print_count("all", total, "");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    if (const std::string problem = (*view)->check_files(); !problem.empty()) {
        return fail("a file of the log is damaged: " + problem);
    }
    if ((*view)->has_witness()) {
        const std::string problem = (*view)->check_witness();
        if (!problem.empty()) return fail("the witness contradicts the log: " + problem);
    }
    fmt::print(
        "every record is in the chain ({:.0f} MB/s); {}\n",
        static_cast<double>(total.bytes) / 1e6 / std::max(took.count(), 1e-3),
        (*view)->has_witness() ? "the witness agrees" : "there is no witness beside it"
    );
    const auto moved = moved_to((*view)->store(), (*view)->log().partitions());
    if (moved) fmt::print("it is sealed, and goes on at {}\n", *moved);
    return api::exit_done;
}

}  // namespace pakashop::cli
