import type { Allocator, Takeover, Liveness, PendingRequests } from '../allocation/index.ts';
import type { Clock } from '../base/clock.ts';
import type { Lifetime } from '../base/lifetime.ts';
import type { Logger } from '../base/logger.ts';
import { startRoleRecords } from '../controllers/record/index.ts';
import type { RecordWriter } from '../controllers/record/index.ts';
import { startRoleInstances } from '../controllers/role-instance/index.ts';
import { startRoleInstanceSets } from '../controllers/role-instance-set/index.ts';
import { whenFilled } from '../kube/index.ts';
import type { OwnerChain } from '../kube/index.ts';
import { FormerAllocations, Holdings, RoleIndex, indexRoles } from '../roles/index.ts';
import type { RoleCaches } from '../roles/index.ts';
import type { LeaderTools, MakeController } from '../runtime/index.ts';

/** What sets and instances need from the other parts of a manager. */
interface RolesParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly caches: RoleCaches;
  readonly makeController: MakeController;
}

/** What only a leader has. */
interface RolesTools extends LeaderTools {
  readonly allocator: Allocator;
  readonly takeover: Takeover;
  readonly waiting: PendingRequests;
  readonly liveness: Liveness;
  readonly owners: OwnerChain;
  readonly writer: RecordWriter;
}

/** RoleInstanceSets and RoleInstances, for one manager. */
export class Roles {
  readonly #parts: RolesParts;
  readonly #index: RoleIndex;

  constructor(parts: RolesParts) {
    this.#parts = parts;
    indexRoles(parts.caches);
    this.#index = new RoleIndex(parts.caches);
  }

  /**
   * Starts what only a leader does, once the kinds are seen: a controller that sees no instances would create them
   * anew.
   */
  serve(term: Lifetime, tools: RolesTools): void {
    const { sets, instances, revisions } = this.#parts.caches;
    whenFilled(term, [sets, instances, revisions], () => this.#serve(term, tools));
  }

  #serve(term: Lifetime, tools: RolesTools): void {
    const { clock, log, makeController, caches } = this.#parts;
    const former = new FormerAllocations(tools.client, caches.allocations, tools.takeover);
    const onHeld = startRoleRecords(term, { clock, caches, writer: tools.writer, makeController });
    const holdings = new Holdings({ ...tools, former, onHeld });
    const common = { ...tools, clock, log, index: this.#index, holdings, former, makeController };
    const onShared = startRoleInstances(term, common);
    startRoleInstanceSets(term, { ...common, onShared });
  }
}
