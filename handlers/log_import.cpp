#include "handlers/log_import.hpp"

#include <algorithm>
#include <utility>

#include "events/kernel/json.hpp"
#include "events/kernel/require.hpp"

namespace pakashop {
namespace {

using Kind = CopyFailure::Kind;

/// What an IMPORT holds beside the old record: its own head, and the key.
constexpr std::size_t import_overhead_max = 4096;
constexpr int passes_max = 5;

}  // namespace

PartitionId child_of(const Record& old, std::uint32_t partitions, std::uint32_t children) {
    if (!old.key.empty()) return partition_of(old.key, partitions * children);
    return static_cast<PartitionId>(old.partition * children);
}

std::string encode_old_head(
    std::string_view generation,
    PartitionId partition,
    std::uint32_t partitions,
    const Place& end
) {
    std::string body;
    JsonWriter out{body};
    out.begin_object().key("imports").begin_object().key("generation").text(generation);
    out.key("partition").integer(partition).key("partitions").integer(partitions);
    out.key("seq").integer(static_cast<std::int64_t>(end.seq));
    out.key("head").text(to_hex(end.head)).end_object().end_object();
    return body;
}

bool fits_import(std::size_t record_bytes) {
    return record_bytes + import_overhead_max <= record_bytes_max;
}

LogImport::LogImport(
    Log& source,
    Log& target,
    LogSurvey at,
    const NodeId& node,
    CopyProgress progress
)
    : source_{source},
      target_{target},
      at_{std::move(at)},
      node_{node},
      progress_{std::move(progress)},
      children_{target.partitions() / source.partitions()} {
    require(at_.sealed(), "a log is sealed before it is imported");
    require(source.generation() != target.generation(), "an import begins a generation");
    require(children_ * source.partitions() == target.partitions(), "partitions are split evenly");
}

// What was written is compared like everything else by the pass after it.
Result<void, CopyFailure> LogImport::run() {
    Result<bool, CopyFailure> wrote = true;
    for (int passes = 0; passes < passes_max; ++passes) {
        wrote = pass(true);
        if (wrote && !*wrote) return {};
        if (!wrote && wrote.error().kind != Kind::unavailable) break;
    }
    if (!wrote) return unexpected{std::move(wrote.error())};
    return unexpected{CopyFailure{Kind::unavailable, "somebody else writes to the target"}};
}

Result<void, CopyFailure> LogImport::check() {
    const auto passed = pass(false);
    if (!passed) return unexpected{passed.error()};
    return {};
}

// Whether anything was written.
Result<bool, CopyFailure> LogImport::pass(bool write) {
    bool any = false;
    for (std::uint32_t i = 0; i < source_.partitions(); ++i) {
        const auto wrote = pass(static_cast<PartitionId>(i), write);
        if (!wrote) return wrote;
        any = any || *wrote;
    }
    return any;
}

Result<bool, CopyFailure> LogImport::pass(PartitionId partition, bool write) {
    const Place& end = at_.partitions[partition].state.place;
    const ImportOrder order{
        target_,
        node_,
        encode_old_head(source_.generation(), partition, source_.partitions(), end),
        write,
        progress_
    };
    std::vector<ImportChild> children;
    for (std::uint32_t i = 0; i < children_; ++i) {
        children.emplace_back(order, static_cast<PartitionId>(partition * children_ + i));
    }
    if (auto carried = carry(partition, children); !carried) return unexpected{carried.error()};
    for (ImportChild& child : children) {
        if (auto finished = child.finish(); !finished) return unexpected{finished.error()};
    }
    return std::ranges::any_of(children, &ImportChild::wrote);
}

Result<void, CopyFailure>
LogImport::carry(PartitionId partition, std::vector<ImportChild>& children) {
    const PartitionSurvey& at = at_.partitions[partition];
    ChainReader source{source_, partition};
    while (true) {
        const auto next = source.peek();
        if (!next) return unexpected{damaged("the source", partition, next.error())};
        if (!*next) break;
        const AdmittedRecord old = source.take();
        const Record& record = *old.staged.record;
        const std::uint32_t child =
            child_of(record, source_.partitions(), children_) - partition * children_;
        if (child >= children_) {
            return unexpected{CopyFailure{Kind::damaged, "the key " + record.key + " lies astray"}};
        }
        if (auto carried = children[child].carry(old, record.seq < at.process_place); !carried) {
            return carried;
        }
    }
    if (source.state().place == at.state.place) return {};
    return unexpected{CopyFailure{Kind::damaged, "the source changed meanwhile"}};
}

}  // namespace pakashop
