#include <algorithm>

#include "aggregates/agent.hpp"
#include "aggregates/user.hpp"
#include "tests/kit/walk.hpp"

using namespace pakashop;
using namespace pakashop::kit;

namespace {

const UserId user{"usr_1"};
const AgentId agent{"agt_1"};
const PublicText login = "login:abc";
constexpr Instant noon{1'778'580'000'000};

const Given<User> nobody;
const UserRegistered registered{user, login, {Role::customer}, noon};
const Given<User> somebody{{registered}};

AgentApplied applied(AgentType type = AgentType::individual) {
    AgentApplied application;
    application.agent = agent;
    application.user = user;
    application.type_ = type;
    application.full_name = {Subject{user.value}, "Chanda Phiri"};
    application.phone = {Subject{user.value}, "+260970000001"};
    application.vehicle_type = "BICYCLE";
    application.at = noon;
    return application;
}

const AgentApproved approved{agent, user, AgentType::individual, noon};
const Given<Agent> nothing;
const Given<Agent> pending{{applied()}};
const Given<Agent> active{{applied(), approved}};
const Given<Agent> rejected{{applied(), AgentRejected{agent, "no papers"}}};
const Given<Agent> suspended{{applied(), approved, AgentSuspended{agent, "complaints"}}};
using enum Agent::Refusal;

}  // namespace

TEST_CASE("everybody who registers is a customer, and has each role once") {
    nobody.when(User::Register{user, login, {}, noon}).yields({registered}).again().is_already_so();
    nobody
        .when(User::Register{
            user, login, {Role::moderator, Role::customer, Role::moderator, Role::system}, noon
        })
        .yields({UserRegistered{user, login, {Role::customer, Role::moderator}, noon}});
}

TEST_CASE("a role is granted once") {
    const auto owner = somebody.when(User::Grant{user, Role::shop_owner, "shp_1"});
    owner.yields({RoleGranted{user, Role::shop_owner, "shp_1"}}).again().is_already_so();
    CHECK(owner.state().has(Role::shop_owner));
    CHECK(owner.state().has(Role::customer));
    owner.when(User::Grant{user, Role::shop_owner, "shp_2"}).is_already_so();
    somebody.when(User::Grant{user, Role::system, "shp_1"}).is_already_so();
}

TEST_CASE("a role that comes before the registration is kept") {
    const auto both = nobody.when(User::Grant{user, Role::shop_owner, "shp_1"})
                          .when(User::Register{user, login, {}, noon});
    CHECK(both.state().has(Role::shop_owner));
    CHECK(both.state().has(Role::customer));
    CHECK(both.state().login == login);
}

TEST_CASE("a role is revoked once, but nobody ceases to be a customer") {
    const auto owner = somebody.when(User::Grant{user, Role::shop_owner, "shp_1"});
    const auto plain = owner.when(User::Revoke{user, Role::shop_owner, "left"});
    plain.yields({RoleRevoked{user, Role::shop_owner, "left"}}).again().is_already_so();
    CHECK(!plain.state().has(Role::shop_owner));
    somebody.when(User::Revoke{user, Role::customer, "left"}).is_already_so();
    nobody.when(User::Revoke{user, Role::moderator, "left"}).is_already_so();
}

TEST_CASE("an agent's id follows from the user's") {
    CHECK(agent_id_of(UserId{"usr_4k0xyz"}) == AgentId{"agt_4k0xyz"});
}

TEST_CASE("one application at a time, and a new one after a rejection") {
    nothing.when(Agent::Apply{applied()}).yields({applied()});
    pending.when(Agent::Apply{applied()}).refuses(application_exists);
    active.when(Agent::Apply{applied()}).refuses(application_exists);
    suspended.when(Agent::Apply{applied()}).refuses(application_exists);
    const auto again = rejected.when(Agent::Apply{applied(AgentType::company)});
    again.yields({applied(AgentType::company)});
    CHECK(again.state().profile->status == AgentStatus::pending);
    CHECK(again.state().profile->type == AgentType::company);
    CHECK(!again.state().profile->reason);
}

TEST_CASE("an agent's status changes from one status, and is already so from its own") {
    pending.when(Agent::Approve{noon}).yields({approved}).again().is_already_so();
    const auto refused = pending.when(Agent::Reject{"no papers"});
    refused.yields({AgentRejected{agent, "no papers"}}).again().is_already_so();
    CHECK(refused.state().profile->reason == "no papers");
    active.when(Agent::Suspend{"complaints"})
        .yields({AgentSuspended{agent, "complaints"}})
        .again()
        .is_already_so();
    const auto back = suspended.when(Agent::Activate{});
    back.yields({AgentActivated{agent}}).again().is_already_so();
    CHECK(!back.state().profile->reason);
}

TEST_CASE("no other change of an agent's status is possible") {
    rejected.when(Agent::Approve{noon}).refuses(illegal_transition);
    suspended.when(Agent::Approve{noon}).refuses(illegal_transition);
    active.when(Agent::Reject{"late"}).refuses(illegal_transition);
    suspended.when(Agent::Reject{"late"}).refuses(illegal_transition);
    pending.when(Agent::Suspend{"early"}).refuses(illegal_transition);
    rejected.when(Agent::Suspend{"late"}).refuses(illegal_transition);
    pending.when(Agent::Activate{}).refuses(illegal_transition);
    rejected.when(Agent::Activate{}).refuses(illegal_transition);
}

TEST_CASE("somebody who never applied is not found") {
    nothing.when(Agent::Approve{noon}).refuses(not_found);
    nothing.when(Agent::Reject{"x"}).refuses(not_found);
    nothing.when(Agent::Suspend{"x"}).refuses(not_found);
    nothing.when(Agent::Activate{}).refuses(not_found);
    nothing.when(Agent::SetAvailability{true}).refuses(not_found);
}

TEST_CASE("only an active agent who says so takes deliveries") {
    CHECK(!active.state().takes_deliveries());
    const auto available = active.when(Agent::SetAvailability{true});
    available.yields({AvailabilityChanged{agent, true}}).again().is_already_so();
    CHECK(available.state().takes_deliveries());
    const auto locked_out = available.when(Agent::Suspend{"complaints"});
    CHECK(!locked_out.state().takes_deliveries());
    CHECK(locked_out.when(Agent::Activate{}).state().takes_deliveries());
    active.when(Agent::SetAvailability{false}).is_already_so();
    pending.when(Agent::SetAvailability{true}).refuses(illegal_transition);
    suspended.when(Agent::SetAvailability{true}).refuses(illegal_transition);
    suspended.when(Agent::SetAvailability{false}).is_already_so();
    locked_out.when(Agent::SetAvailability{true}).is_already_so();
    locked_out.when(Agent::SetAvailability{false}).refuses(illegal_transition);
}

TEST_CASE("an agent's stream begins with an application") {
    CHECK_THROWS_AS(Agent::evolve(Agent::State{}, approved), CorruptStream);
}

namespace {

User::Command any_user_command(Dice& dice) {
    const auto role = static_cast<Role>(dice.between(0, 9));
    switch (dice.between(0, 3)) {
        case 0:
            return User::Register{user, login, {role}, noon};
        case 1:
            return User::Revoke{user, role, "left"};
        default:
            return User::Grant{user, role, "shp_1"};
    }
}

Agent::Command any_agent_command(Dice& dice) {
    switch (dice.between(0, 6)) {
        case 0:
            return Agent::Apply{applied()};
        case 1:
            return Agent::Approve{noon};
        case 2:
            return Agent::Reject{"no papers"};
        case 3:
            return Agent::Suspend{"complaints"};
        case 4:
            return Agent::Activate{};
        default:
            return Agent::SetAvailability{dice.once_in(2)};
    }
}

}  // namespace

TEST_CASE("whatever happens, a person has each role once and is never the system") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<User> walk{user.value};
        for (int i = 0; i < 100; ++i) {
            walk.step(any_user_command(dice), false);
            const User::State& state = walk.state();
            for (const Role role : state.roles) CHECK(std::ranges::count(state.roles, role) == 1);
            CHECK(!state.has(Role::system));
            CHECK((state.login.empty() || state.has(Role::customer)));
        }
    }
}

TEST_CASE("whatever happens, only an approved agent takes deliveries") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        Dice dice{seed};
        Walk<Agent> walk{agent.value};
        bool was_approved = false;
        for (int i = 0; i < 100; ++i) {
            for (const auto& event : walk.step(any_agent_command(dice), false))
                was_approved = was_approved || std::holds_alternative<AgentApproved>(event);
            CHECK((was_approved || !walk.state().takes_deliveries()));
        }
    }
}
