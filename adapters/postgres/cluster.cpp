#include "adapters/postgres/cluster.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/postgres/migrate.hpp"
#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

constexpr std::string_view beat_sql = R"sql(
    INSERT INTO cluster_nodes (node, address, leads, places, seen_at)
    VALUES ($1, $2, $3, $4::bigint[], clock_timestamp())
    ON CONFLICT (node) DO UPDATE SET address = EXCLUDED.address, leads = EXCLUDED.leads,
        places = EXCLUDED.places, seen_at = EXCLUDED.seen_at)sql";

constexpr std::string_view take_sql = R"sql(
    INSERT INTO leases (name, node, address, held_until)
    VALUES ('leader', $1, $2, clock_timestamp() + $3::bigint * interval '1 millisecond')
    ON CONFLICT (name) DO UPDATE SET node = EXCLUDED.node, address = EXCLUDED.address,
        held_until = EXCLUDED.held_until
    WHERE leases.node = EXCLUDED.node OR leases.held_until < clock_timestamp())sql";

constexpr std::string_view holder_sql = R"sql(
    SELECT node, address FROM leases
    WHERE name = 'leader' AND held_until >= clock_timestamp())sql";

constexpr std::string_view nodes_sql = R"sql(
    SELECT node, address, leads, array_to_string(places, ',') AS places,
        (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::bigint AS silent_ms
    FROM cluster_nodes ORDER BY node)sql";

constexpr std::size_t connections_max = 2;
constexpr int statement_timeout_ms = 2'000;

std::vector<std::uint64_t> numbers_in(std::string_view list) {
    std::vector<std::uint64_t> numbers;
    while (!list.empty()) {
        const auto comma = list.find(',');
        numbers.push_back(std::stoull(std::string{list.substr(0, comma)}));
        list = comma == std::string_view::npos ? "" : list.substr(comma + 1);
    }
    return numbers;
}

ClusterNode node_in(const pqxx::row& row) {
    return {
        row["node"].as<std::string>(),
        row["address"].as<std::string>(),
        row["leads"].as<bool>(),
        numbers_in(row["places"].as<std::string>()),
        milliseconds(row["silent_ms"].as<std::int64_t>())
    };
}

}  // namespace

class Cluster::Impl {
public:
    explicit Impl(std::string at)
        : url{std::move(at)},
          pool{{url, "pakashop-cluster", statement_timeout_ms}, connections_max} {}

    // The tables may be missing: the first node to meet a database prepares it.
    ReadFailure failed(const Failure& failure) const {
        if (failure.trouble == Trouble::refused) {
            static_cast<void>(migrate(url, migrations()));
        }
        return ReadFailure::unavailable;
    }

    const std::string url;
    ConnectionPool pool;
};

Cluster::Cluster(std::string url) : impl_{std::make_unique<Impl>(std::move(url))} {}
Cluster::~Cluster() = default;

Result<std::optional<LeaseHolder>, ReadFailure>
Cluster::beat(const ClusterNode& self, bool wanted, Duration for_how_long) {
    const std::string places = fmt::format("{{{}}}", fmt::join(self.places, ","));
    auto holder = impl_->pool.with([&](pqxx::connection& connection) {
        pqxx::nontransaction work{connection};
        execute(work, beat_sql, {self.node, self.address, self.leading, places});
        if (wanted) execute(work, take_sql, {self.node, self.address, for_how_long.ms});
        std::optional<LeaseHolder> found;
        for (const auto& row : execute(work, holder_sql, {})) {
            found = {row[0].as<std::string>(), row[1].as<std::string>()};
        }
        return found;
    });
    if (!holder) return unexpected{impl_->failed(holder.error())};
    return *std::move(holder);
}

void Cluster::leave(const std::string& node) {
    // Should it fail, the lease ends by itself.
    static_cast<void>(impl_->pool.with([&](pqxx::connection& connection) {
        pqxx::nontransaction work{connection};
        execute(work, "DELETE FROM leases WHERE node = $1", {node});
        execute(work, "DELETE FROM cluster_nodes WHERE node = $1", {node});
        return true;
    }));
}

Result<std::vector<ClusterNode>, ReadFailure> Cluster::nodes() {
    auto nodes = impl_->pool.with([](pqxx::connection& connection) {
        pqxx::nontransaction work{connection};
        std::vector<ClusterNode> out;
        for (const auto& row : execute(work, nodes_sql, {})) out.push_back(node_in(row));
        return out;
    });
    if (!nodes) return unexpected{impl_->failed(nodes.error())};
    return *std::move(nodes);
}

}  // namespace pakashop::postgres
