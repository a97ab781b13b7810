import { z } from 'zod';
import type { KeyView, MemberView, NewKeyView, OrganisationView, ServiceAccountView, UserView } from './identity.ts';
import {
  canInput, ended, idInput, key, keyInput, keysInput, member, memberInput, memberRef, nameInput, newKey, newOrganisation, newServiceAccount,
  organisation, organisationInput, serviceAccount, user, userChange, userPage, userPageInput, verdict,
} from './identity-shapes.ts';
import { own } from './inputs.ts';
import { shownBy } from './outputs.ts';
import { authed, routerOf } from './procedure.ts';

const showOrganisation = shownBy<OrganisationView>(organisation);
const showMember = shownBy<MemberView>(member);
const showServiceAccount = shownBy<ServiceAccountView>(serviceAccount);
const showKey = shownBy<KeyView>(key);

/** The procedures about who there is, and what they may do. */
export const identityProcedures = {
  organisations: routerOf({
    create: authed.input(newOrganisation).output(showOrganisation).mutation(({ ctx, input }) => ctx.services.identity.organisations.create(ctx.caller, input)),
    list: authed.output(shownBy<readonly OrganisationView[]>(z.array(organisation))).query(({ ctx }) => ctx.services.identity.organisations.list(ctx.caller)),
    get: authed.input(nameInput).output(showOrganisation).query(({ ctx, input }) => ctx.services.identity.organisations.get(ctx.caller, input)),
    delete: authed.input(nameInput).output(showOrganisation).mutation(({ ctx, input }) => ctx.services.identity.organisations.delete(ctx.caller, input)),
  }),
  members: routerOf({
    list: authed.input(organisationInput).output(shownBy<readonly MemberView[]>(z.array(member))).query(({ ctx, input }) => ctx.services.identity.members.list(ctx.caller, input)),
    add: authed.input(memberInput).output(showMember).mutation(({ ctx, input }) => ctx.services.identity.members.add(ctx.caller, input)),
    set: authed.input(memberInput).output(showMember).mutation(({ ctx, input }) => ctx.services.identity.members.set(ctx.caller, input)),
    remove: authed.input(memberRef).output(showMember).mutation(({ ctx, input }) => ctx.services.identity.members.remove(ctx.caller, input)),
  }),
  serviceAccounts: routerOf({
    create: authed.input(newServiceAccount).output(showServiceAccount).mutation(({ ctx, input }) => ctx.services.identity.serviceAccounts.create(ctx.caller, input)),
    list: authed.input(organisationInput).output(shownBy<readonly ServiceAccountView[]>(z.array(serviceAccount))).query(({ ctx, input }) => ctx.services.identity.serviceAccounts.list(ctx.caller, input)),
    delete: authed.input(idInput).output(showServiceAccount).mutation(({ ctx, input }) => ctx.services.identity.serviceAccounts.delete(ctx.caller, input)),
  }),
  keys: routerOf({
    create: authed.input(keyInput).output(shownBy<NewKeyView>(newKey)).mutation(({ ctx, input }) => ctx.services.identity.keys.create(ctx.caller, input)),
    list: authed.input(keysInput).output(shownBy<readonly KeyView[]>(z.array(key))).query(({ ctx, input }) => ctx.services.identity.keys.list(ctx.caller, input)),
    revoke: authed.input(idInput).output(showKey).mutation(({ ctx, input }) => ctx.services.identity.keys.revoke(ctx.caller, input)),
  }),
  users: routerOf({
    list: authed.input(userPageInput).output(userPage).query(async ({ ctx, input }) => {
      const page = await ctx.services.identity.users.list(ctx.caller, input);
      return { ...page, items: [...page.items] };
    }),
    set: authed.input(userChange).output(shownBy<UserView>(user)).mutation(({ ctx, input }) => ctx.services.identity.users.set(ctx.caller, input)),
  }),
  sessions: routerOf({ logout: authed.output(ended).mutation(({ ctx }) => ctx.services.identity.logout(ctx.caller)) }),
  auth: routerOf({ can: authed.input(canInput).output(verdict).query(({ ctx, input }) => ctx.services.identity.can(ctx.caller, own(ctx.caller, input))) }),
};
