#define rand	pan_rand
#define pthread_equal(a,b)	((a)==(b))
#if defined(HAS_CODE) && defined(VERBOSE)
	#ifdef BFS_PAR
		bfs_printf("Pr: %d Tr: %d\n", II, t->forw);
	#else
		cpu_printf("Pr: %d Tr: %d\n", II, t->forw);
	#endif
#endif
	switch (t->forw) {
	default: Uerror("bad forward move");
	case 0:	/* if without executable clauses */
		continue;
	case 1: /* generic 'goto' or 'skip' */
		IfNotBlocked
		_m = 3; goto P999;
	case 2: /* generic 'else' */
		IfNotBlocked
		if (trpt->o_pm&1) continue;
		_m = 3; goto P999;

		 /* PROC :init: */
	case 3: // STATE 1 - lease.pml:416 - [k = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[5][1] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->k);
		((P5 *)_this)->k = 0;
#ifdef VAR_RANGES
		logval(":init::k", ((int)((P5 *)_this)->k));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 4: // STATE 2 - lease.pml:418 - [((k<2))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][2] = 1;
		if (!((((int)((P5 *)_this)->k)<2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 5: // STATE 3 - lease.pml:418 - [(run worker(k))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][3] = 1;
		if (!(addproc(II, 1, 0, ((int)((P5 *)_this)->k))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 6: // STATE 4 - lease.pml:418 - [(run reaper(k))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][4] = 1;
		if (!(addproc(II, 1, 1, ((int)((P5 *)_this)->k))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 7: // STATE 5 - lease.pml:418 - [k = (k+1)] (0:0:1 - 1)
		IfNotBlocked
		reached[5][5] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->k);
		((P5 *)_this)->k = (((int)((P5 *)_this)->k)+1);
#ifdef VAR_RANGES
		logval(":init::k", ((int)((P5 *)_this)->k));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 8: // STATE 11 - lease.pml:421 - [k = 0] (0:17:1 - 3)
		IfNotBlocked
		reached[5][11] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->k);
		((P5 *)_this)->k = 0;
#ifdef VAR_RANGES
		logval(":init::k", ((int)((P5 *)_this)->k));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[5][18] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 9: // STATE 12 - lease.pml:423 - [((k<(1*2)))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][12] = 1;
		if (!((((int)((P5 *)_this)->k)<(1*2))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 10: // STATE 13 - lease.pml:423 - [(run deadline(k))] (0:0:0 - 1)
		IfNotBlocked
		reached[5][13] = 1;
		if (!(addproc(II, 1, 2, ((int)((P5 *)_this)->k))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 11: // STATE 14 - lease.pml:423 - [k = (k+1)] (0:0:1 - 1)
		IfNotBlocked
		reached[5][14] = 1;
		(trpt+1)->bup.oval = ((int)((P5 *)_this)->k);
		((P5 *)_this)->k = (((int)((P5 *)_this)->k)+1);
#ifdef VAR_RANGES
		logval(":init::k", ((int)((P5 *)_this)->k));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 12: // STATE 20 - lease.pml:426 - [(run world())] (0:0:0 - 3)
		IfNotBlocked
		reached[5][20] = 1;
		if (!(addproc(II, 1, 3, 0)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 13: // STATE 21 - lease.pml:427 - [(run auditor())] (0:0:0 - 1)
		IfNotBlocked
		reached[5][21] = 1;
		if (!(addproc(II, 1, 4, 0)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 14: // STATE 23 - lease.pml:429 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[5][23] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC auditor */
	case 15: // STATE 1 - lease.pml:399 - [(timeout)] (8:0:1 - 1)
		IfNotBlocked
		reached[4][1] = 1;
		if (!(((trpt->tau)&1)))
			continue;
		/* merge: k = 0(0, 2, 8) */
		reached[4][2] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->k);
		((P4 *)_this)->k = 0;
#ifdef VAR_RANGES
		logval("auditor:k", ((int)((P4 *)_this)->k));
#endif
		;
		/* merge: .(goto)(0, 9, 8) */
		reached[4][9] = 1;
		;
		_m = 1; goto P999; /* 2 */
	case 16: // STATE 3 - lease.pml:402 - [((k<(1*2)))] (8:0:1 - 1)
		IfNotBlocked
		reached[4][3] = 1;
		if (!((((int)((P4 *)_this)->k)<(1*2))))
			continue;
		/* merge: assert(((job[k]==done)||(job[k]==held)))(8, 4, 8) */
		reached[4][4] = 1;
		spin_assert(((now.job[ Index(((int)((P4 *)_this)->k), 2) ]==2)||(now.job[ Index(((int)((P4 *)_this)->k), 2) ]==1)), "((job[k]==2)||(job[k]==1))", II, tt, t);
		/* merge: k = (k+1)(8, 5, 8) */
		reached[4][5] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->k);
		((P4 *)_this)->k = (((int)((P4 *)_this)->k)+1);
#ifdef VAR_RANGES
		logval("auditor:k", ((int)((P4 *)_this)->k));
#endif
		;
		/* merge: .(goto)(0, 9, 8) */
		reached[4][9] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 17: // STATE 11 - lease.pml:405 - [k = 0] (0:17:1 - 3)
		IfNotBlocked
		reached[4][11] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->k);
		((P4 *)_this)->k = 0;
#ifdef VAR_RANGES
		logval("auditor:k", ((int)((P4 *)_this)->k));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[4][18] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 18: // STATE 12 - lease.pml:407 - [((k<(1*2)))] (17:0:1 - 1)
		IfNotBlocked
		reached[4][12] = 1;
		if (!((((int)((P4 *)_this)->k)<(1*2))))
			continue;
		/* merge: assert(((lease[k]==255)&&(open_calls[k]==0)))(17, 13, 17) */
		reached[4][13] = 1;
		spin_assert(((((int)now.lease[ Index(((int)((P4 *)_this)->k), 2) ])==255)&&(((int)now.open_calls[ Index(((int)((P4 *)_this)->k), 2) ])==0)), "((lease[k]==255)&&(open_calls[k]==0))", II, tt, t);
		/* merge: k = (k+1)(17, 14, 17) */
		reached[4][14] = 1;
		(trpt+1)->bup.oval = ((int)((P4 *)_this)->k);
		((P4 *)_this)->k = (((int)((P4 *)_this)->k)+1);
#ifdef VAR_RANGES
		logval("auditor:k", ((int)((P4 *)_this)->k));
#endif
		;
		/* merge: .(goto)(0, 18, 17) */
		reached[4][18] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 19: // STATE 21 - lease.pml:411 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[4][21] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC world */
	case 20: // STATE 1 - lease.pml:379 - [((reboots<1))] (19:0:2 - 1)
		IfNotBlocked
		reached[3][1] = 1;
		if (!((((int)now.reboots)<1)))
			continue;
		/* merge: reboots = (reboots+1)(19, 2, 19) */
		reached[3][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.reboots);
		now.reboots = (((int)now.reboots)+1);
#ifdef VAR_RANGES
		logval("reboots", ((int)now.reboots));
#endif
		;
		/* merge: w = 0(19, 3, 19) */
		reached[3][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("world:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 20, 19) */
		reached[3][20] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 21: // STATE 4 - lease.pml:383 - [((w<2))] (0:0:0 - 1)
		IfNotBlocked
		reached[3][4] = 1;
		if (!((((int)((P3 *)_this)->w)<2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 22: // STATE 5 - lease.pml:384 - [(alive[w])] (14:0:2 - 1)
		IfNotBlocked
		reached[3][5] = 1;
		if (!(((int)now.alive[ Index(((int)((P3 *)_this)->w), 2) ])))
			continue;
		/* merge: alive[w] = 0(14, 6, 14) */
		reached[3][6] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.alive[ Index(((int)((P3 *)_this)->w), 2) ]);
		now.alive[ Index(((P3 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("alive[world:w]", ((int)now.alive[ Index(((int)((P3 *)_this)->w), 2) ]));
#endif
		;
		/* merge: reaped[w] = 0(14, 7, 14) */
		reached[3][7] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.reaped[ Index(((int)((P3 *)_this)->w), 2) ]);
		now.reaped[ Index(((P3 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("reaped[world:w]", ((int)now.reaped[ Index(((int)((P3 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 10, 14) */
		reached[3][10] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 23: // STATE 11 - lease.pml:385 - [(!(reaped[w]))] (19:0:2 - 1)
		IfNotBlocked
		reached[3][11] = 1;
		if (!( !(((int)now.reaped[ Index(((int)((P3 *)_this)->w), 2) ]))))
			continue;
		/* merge: marks_lost[w] = 1(19, 12, 19) */
		reached[3][12] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.marks_lost[ Index(((int)((P3 *)_this)->w), 2) ]);
		now.marks_lost[ Index(((P3 *)_this)->w, 2) ] = 1;
#ifdef VAR_RANGES
		logval("marks_lost[world:w]", ((int)now.marks_lost[ Index(((int)((P3 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(19, 15, 19) */
		reached[3][15] = 1;
		;
		/* merge: w = (w+1)(19, 16, 19) */
		reached[3][16] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = (((int)((P3 *)_this)->w)+1);
#ifdef VAR_RANGES
		logval("world:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 20, 19) */
		reached[3][20] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 24: // STATE 16 - lease.pml:386 - [w = (w+1)] (0:19:1 - 3)
		IfNotBlocked
		reached[3][16] = 1;
		(trpt+1)->bup.oval = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = (((int)((P3 *)_this)->w)+1);
#ifdef VAR_RANGES
		logval("world:w", ((int)((P3 *)_this)->w));
#endif
		;
		/* merge: .(goto)(0, 20, 19) */
		reached[3][20] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 25: // STATE 22 - lease.pml:389 - [w = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[3][22] = 1;
		(trpt+1)->bup.oval = ((int)((P3 *)_this)->w);
		((P3 *)_this)->w = 0;
#ifdef VAR_RANGES
		logval("world:w", ((int)((P3 *)_this)->w));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 26: // STATE 24 - lease.pml:391 - [(((lowerings<1)&&(cap[0]>1)))] (28:0:2 - 1)
		IfNotBlocked
		reached[3][24] = 1;
		if (!(((((int)now.lowerings)<1)&&(((int)now.cap[0])>1))))
			continue;
		/* merge: lowerings = (lowerings+1)(28, 25, 28) */
		reached[3][25] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.lowerings);
		now.lowerings = (((int)now.lowerings)+1);
#ifdef VAR_RANGES
		logval("lowerings", ((int)now.lowerings));
#endif
		;
		/* merge: cap[0] = (cap[0]-1)(28, 26, 28) */
		reached[3][26] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.cap[0]);
		now.cap[0] = (((int)now.cap[0])-1);
#ifdef VAR_RANGES
		logval("cap[0]", ((int)now.cap[0]));
#endif
		;
		/* merge: .(goto)(0, 29, 28) */
		reached[3][29] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 27: // STATE 31 - lease.pml:393 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[3][31] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC deadline */
	case 28: // STATE 1 - lease.pml:347 - [(((lease[s]==254)&&!(ended[s])))] (71:0:2 - 1)
		IfNotBlocked
		reached[2][1] = 1;
		if (!(((((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ])==254)&& !(((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ])))))
			continue;
		/* merge: open_calls[s] = 0(71, 2, 71) */
		reached[2][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.open_calls[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.open_calls[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("open_calls[deadline:s]", ((int)now.open_calls[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 1(71, 3, 71) */
		reached[2][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 1;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 29: // STATE 5 - lease.pml:348 - [((((lease[s]<2)&&!(ended[s]))&&(lapses<1)))] (71:0:4 - 1)
		IfNotBlocked
		reached[2][5] = 1;
		if (!((((((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ])<2)&& !(((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ])))&&(((int)now.lapses)<1))))
			continue;
		/* merge: lapses = (lapses+1)(71, 6, 71) */
		reached[2][6] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.lapses);
		now.lapses = (((int)now.lapses)+1);
#ifdef VAR_RANGES
		logval("lapses", ((int)now.lapses));
#endif
		;
		/* merge: open_calls[s] = 0(71, 7, 71) */
		reached[2][7] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.open_calls[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.open_calls[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("open_calls[deadline:s]", ((int)now.open_calls[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 1(71, 8, 71) */
		reached[2][8] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 1;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: lapsed[lease[s]] = 1(71, 9, 71) */
		reached[2][9] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.lapsed[ Index(((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]), 2) ]);
		now.lapsed[ Index(now.lease[ Index(((P2 *)_this)->s, 2) ], 2) ] = 1;
#ifdef VAR_RANGES
		logval("lapsed[lease[deadline:s]]", ((int)now.lapsed[ Index(((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 30: // STATE 11 - lease.pml:357 - [(((lease[s]==254)&&ended[s]))] (71:0:2 - 1)
		IfNotBlocked
		reached[2][11] = 1;
		if (!(((((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ])==254)&&((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]))))
			continue;
		/* merge: lease[s] = 255(71, 12, 71) */
		reached[2][12] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.lease[ Index(((P2 *)_this)->s, 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[deadline:s]", ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 0(71, 13, 71) */
		reached[2][13] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 31: // STATE 15 - lease.pml:358 - [(((lease[s]<2)&&ended[s]))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][15] = 1;
		if (!(((((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ])<2)&&((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 32: // STATE 16 - lease.pml:359 - [((owner[0]==lease[s]))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][16] = 1;
		if (!((((int)now.owner[0])==((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 33: // STATE 17 - lease.pml:131 - [(1)] (29:0:1 - 1)
		IfNotBlocked
		reached[2][17] = 1;
		if (!(1))
			continue;
		/* merge: uncertain[0] = (uncertain[0]+1)(0, 18, 29) */
		reached[2][18] = 1;
		(trpt+1)->bup.oval = ((int)now.uncertain[0]);
		now.uncertain[0] = (((int)now.uncertain[0])+1);
#ifdef VAR_RANGES
		logval("uncertain[0]", ((int)now.uncertain[0]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 34: // STATE 19 - lease.pml:136 - [((uncertain[0]>2))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][19] = 1;
		if (!((((int)now.uncertain[0])>2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 35: // STATE 20 - lease.pml:123 - [owner[0] = 255] (0:66:3 - 1)
		IfNotBlocked
		reached[2][20] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(66, 21, 66) */
		reached[2][21] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 1(66, 22, 66) */
		reached[2][22] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 1;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 30, 66) */
		reached[2][30] = 1;
		;
		/* merge: .(goto)(0, 37, 66) */
		reached[2][37] = 1;
		;
		/* merge: .(goto)(0, 41, 66) */
		reached[2][41] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 36: // STATE 25 - lease.pml:123 - [owner[0] = 255] (0:66:3 - 1)
		IfNotBlocked
		reached[2][25] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(66, 26, 66) */
		reached[2][26] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 4(66, 27, 66) */
		reached[2][27] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 4;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 30, 66) */
		reached[2][30] = 1;
		;
		/* merge: .(goto)(0, 37, 66) */
		reached[2][37] = 1;
		;
		/* merge: .(goto)(0, 41, 66) */
		reached[2][41] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 37: // STATE 32 - lease.pml:123 - [owner[0] = 255] (0:66:3 - 1)
		IfNotBlocked
		reached[2][32] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(66, 33, 66) */
		reached[2][33] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 4(66, 34, 66) */
		reached[2][34] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 4;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 37, 66) */
		reached[2][37] = 1;
		;
		/* merge: .(goto)(0, 41, 66) */
		reached[2][41] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 38: // STATE 42 - lease.pml:361 - [((owner[1]==lease[s]))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][42] = 1;
		if (!((((int)now.owner[1])==((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 39: // STATE 43 - lease.pml:131 - [(1)] (55:0:1 - 1)
		IfNotBlocked
		reached[2][43] = 1;
		if (!(1))
			continue;
		/* merge: uncertain[1] = (uncertain[1]+1)(0, 44, 55) */
		reached[2][44] = 1;
		(trpt+1)->bup.oval = ((int)now.uncertain[1]);
		now.uncertain[1] = (((int)now.uncertain[1])+1);
#ifdef VAR_RANGES
		logval("uncertain[1]", ((int)now.uncertain[1]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 40: // STATE 45 - lease.pml:136 - [((uncertain[1]>2))] (0:0:0 - 1)
		IfNotBlocked
		reached[2][45] = 1;
		if (!((((int)now.uncertain[1])>2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 41: // STATE 46 - lease.pml:123 - [owner[1] = 255] (0:71:5 - 1)
		IfNotBlocked
		reached[2][46] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(71, 47, 71) */
		reached[2][47] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 1(71, 48, 71) */
		reached[2][48] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 1;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(71, 56, 71) */
		reached[2][56] = 1;
		;
		/* merge: .(goto)(71, 63, 71) */
		reached[2][63] = 1;
		;
		/* merge: .(goto)(71, 67, 71) */
		reached[2][67] = 1;
		;
		/* merge: lease[s] = 255(71, 68, 71) */
		reached[2][68] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.lease[ Index(((P2 *)_this)->s, 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[deadline:s]", ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 0(71, 69, 71) */
		reached[2][69] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 8 */
	case 42: // STATE 51 - lease.pml:123 - [owner[1] = 255] (0:71:5 - 1)
		IfNotBlocked
		reached[2][51] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(71, 52, 71) */
		reached[2][52] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 4(71, 53, 71) */
		reached[2][53] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 4;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(71, 56, 71) */
		reached[2][56] = 1;
		;
		/* merge: .(goto)(71, 63, 71) */
		reached[2][63] = 1;
		;
		/* merge: .(goto)(71, 67, 71) */
		reached[2][67] = 1;
		;
		/* merge: lease[s] = 255(71, 68, 71) */
		reached[2][68] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.lease[ Index(((P2 *)_this)->s, 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[deadline:s]", ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 0(71, 69, 71) */
		reached[2][69] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 8 */
	case 43: // STATE 58 - lease.pml:123 - [owner[1] = 255] (0:71:5 - 1)
		IfNotBlocked
		reached[2][58] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(71, 59, 71) */
		reached[2][59] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 4(71, 60, 71) */
		reached[2][60] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 4;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(71, 63, 71) */
		reached[2][63] = 1;
		;
		/* merge: .(goto)(71, 67, 71) */
		reached[2][67] = 1;
		;
		/* merge: lease[s] = 255(71, 68, 71) */
		reached[2][68] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.lease[ Index(((P2 *)_this)->s, 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[deadline:s]", ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 0(71, 69, 71) */
		reached[2][69] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 44: // STATE 68 - lease.pml:369 - [lease[s] = 255] (0:71:2 - 7)
		IfNotBlocked
		reached[2][68] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.lease[ Index(((P2 *)_this)->s, 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[deadline:s]", ((int)now.lease[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: ended[s] = 0(71, 69, 71) */
		reached[2][69] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]);
		now.ended[ Index(((P2 *)_this)->s, 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[deadline:s]", ((int)now.ended[ Index(((int)((P2 *)_this)->s), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 72, 71) */
		reached[2][72] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 45: // STATE 74 - lease.pml:373 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[2][74] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC reaper */
	case 46: // STATE 1 - lease.pml:295 - [((!(alive[w])&&!(reaped[w])))] (11:0:3 - 1)
		IfNotBlocked
		reached[1][1] = 1;
		if (!(( !(((int)now.alive[ Index(((int)((P1 *)_this)->w), 2) ]))&& !(((int)now.reaped[ Index(((int)((P1 *)_this)->w), 2) ])))))
			continue;
		/* merge: calls_open = marks_lost[w](11, 2, 11) */
		reached[1][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)((P1 *)_this)->calls_open);
		((P1 *)_this)->calls_open = ((int)now.marks_lost[ Index(((int)((P1 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("reaper:calls_open", ((int)((P1 *)_this)->calls_open));
#endif
		;
		/* merge: calls_open = (calls_open||((owner[0]==w)&&(mark[0]==sent)))(11, 3, 11) */
		reached[1][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P1 *)_this)->calls_open);
		((P1 *)_this)->calls_open = (((int)((P1 *)_this)->calls_open)||((((int)now.owner[0])==((int)((P1 *)_this)->w))&&(now.mark[0]==6)));
#ifdef VAR_RANGES
		logval("reaper:calls_open", ((int)((P1 *)_this)->calls_open));
#endif
		;
		/* merge: calls_open = (calls_open||((owner[1]==w)&&(mark[1]==sent)))(11, 4, 11) */
		reached[1][4] = 1;
		(trpt+1)->bup.ovals[2] = ((int)((P1 *)_this)->calls_open);
		((P1 *)_this)->calls_open = (((int)((P1 *)_this)->calls_open)||((((int)now.owner[1])==((int)((P1 *)_this)->w))&&(now.mark[1]==6)));
#ifdef VAR_RANGES
		logval("reaper:calls_open", ((int)((P1 *)_this)->calls_open));
#endif
		;
		_m = 3; goto P999; /* 3 */
	case 47: // STATE 5 - lease.pml:310 - [(((lease[0]==w)&&calls_open))] (19:0:1 - 1)
		IfNotBlocked
		reached[1][5] = 1;
		if (!(((((int)now.lease[0])==((int)((P1 *)_this)->w))&&((int)((P1 *)_this)->calls_open))))
			continue;
		/* merge: lease[0] = 254(0, 6, 19) */
		reached[1][6] = 1;
		(trpt+1)->bup.oval = ((int)now.lease[0]);
		now.lease[0] = 254;
#ifdef VAR_RANGES
		logval("lease[0]", ((int)now.lease[0]));
#endif
		;
		/* merge: .(goto)(0, 12, 19) */
		reached[1][12] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 48: // STATE 7 - lease.pml:310 - [(((lease[0]==w)&&!(calls_open)))] (19:0:2 - 1)
		IfNotBlocked
		reached[1][7] = 1;
		if (!(((((int)now.lease[0])==((int)((P1 *)_this)->w))&& !(((int)((P1 *)_this)->calls_open)))))
			continue;
		/* merge: lease[0] = 255(19, 8, 19) */
		reached[1][8] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[0]);
		now.lease[0] = 255;
#ifdef VAR_RANGES
		logval("lease[0]", ((int)now.lease[0]));
#endif
		;
		/* merge: ended[0] = 0(19, 9, 19) */
		reached[1][9] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[0]);
		now.ended[0] = 0;
#ifdef VAR_RANGES
		logval("ended[0]", ((int)now.ended[0]));
#endif
		;
		/* merge: .(goto)(0, 12, 19) */
		reached[1][12] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 49: // STATE 13 - lease.pml:312 - [(((lease[1]==w)&&calls_open))] (45:0:2 - 1)
		IfNotBlocked
		reached[1][13] = 1;
		if (!(((((int)now.lease[1])==((int)((P1 *)_this)->w))&&((int)((P1 *)_this)->calls_open))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: calls_open */  (trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((P1 *)_this)->calls_open;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P1 *)_this)->calls_open = 0;
		/* merge: lease[1] = 254(0, 14, 45) */
		reached[1][14] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease[1]);
		now.lease[1] = 254;
#ifdef VAR_RANGES
		logval("lease[1]", ((int)now.lease[1]));
#endif
		;
		/* merge: .(goto)(0, 20, 45) */
		reached[1][20] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 50: // STATE 15 - lease.pml:312 - [(((lease[1]==w)&&!(calls_open)))] (45:0:3 - 1)
		IfNotBlocked
		reached[1][15] = 1;
		if (!(((((int)now.lease[1])==((int)((P1 *)_this)->w))&& !(((int)((P1 *)_this)->calls_open)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: calls_open */  (trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((P1 *)_this)->calls_open;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P1 *)_this)->calls_open = 0;
		/* merge: lease[1] = 255(45, 16, 45) */
		reached[1][16] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.lease[1]);
		now.lease[1] = 255;
#ifdef VAR_RANGES
		logval("lease[1]", ((int)now.lease[1]));
#endif
		;
		/* merge: ended[1] = 0(45, 17, 45) */
		reached[1][17] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.ended[1]);
		now.ended[1] = 0;
#ifdef VAR_RANGES
		logval("ended[1]", ((int)now.ended[1]));
#endif
		;
		/* merge: .(goto)(0, 20, 45) */
		reached[1][20] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 51: // STATE 21 - lease.pml:320 - [((owner[0]==w))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][21] = 1;
		if (!((((int)now.owner[0])==((int)((P1 *)_this)->w))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 52: // STATE 22 - lease.pml:131 - [((marks_lost[w]||(mark[0]!=7)))] (34:0:1 - 1)
		IfNotBlocked
		reached[1][22] = 1;
		if (!((((int)now.marks_lost[ Index(((int)((P1 *)_this)->w), 2) ])||(now.mark[0]!=7))))
			continue;
		/* merge: uncertain[0] = (uncertain[0]+1)(0, 23, 34) */
		reached[1][23] = 1;
		(trpt+1)->bup.oval = ((int)now.uncertain[0]);
		now.uncertain[0] = (((int)now.uncertain[0])+1);
#ifdef VAR_RANGES
		logval("uncertain[0]", ((int)now.uncertain[0]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 53: // STATE 24 - lease.pml:136 - [((uncertain[0]>2))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][24] = 1;
		if (!((((int)now.uncertain[0])>2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 54: // STATE 25 - lease.pml:123 - [owner[0] = 255] (0:71:3 - 1)
		IfNotBlocked
		reached[1][25] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(71, 26, 71) */
		reached[1][26] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 1(71, 27, 71) */
		reached[1][27] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 1;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 35, 71) */
		reached[1][35] = 1;
		;
		/* merge: .(goto)(0, 42, 71) */
		reached[1][42] = 1;
		;
		/* merge: .(goto)(0, 46, 71) */
		reached[1][46] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 55: // STATE 30 - lease.pml:123 - [owner[0] = 255] (0:71:3 - 1)
		IfNotBlocked
		reached[1][30] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(71, 31, 71) */
		reached[1][31] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 4(71, 32, 71) */
		reached[1][32] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 4;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 35, 71) */
		reached[1][35] = 1;
		;
		/* merge: .(goto)(0, 42, 71) */
		reached[1][42] = 1;
		;
		/* merge: .(goto)(0, 46, 71) */
		reached[1][46] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 56: // STATE 37 - lease.pml:123 - [owner[0] = 255] (0:71:3 - 1)
		IfNotBlocked
		reached[1][37] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[0]);
		now.owner[0] = 255;
#ifdef VAR_RANGES
		logval("owner[0]", ((int)now.owner[0]));
#endif
		;
		/* merge: mark[0] = unsent(71, 38, 71) */
		reached[1][38] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[0];
		now.mark[0] = 7;
#ifdef VAR_RANGES
		logval("mark[0]", now.mark[0]);
#endif
		;
		/* merge: job[0] = 4(71, 39, 71) */
		reached[1][39] = 1;
		(trpt+1)->bup.ovals[2] = now.job[0];
		now.job[0] = 4;
#ifdef VAR_RANGES
		logval("job[0]", now.job[0]);
#endif
		;
		/* merge: .(goto)(0, 42, 71) */
		reached[1][42] = 1;
		;
		/* merge: .(goto)(0, 46, 71) */
		reached[1][46] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 57: // STATE 47 - lease.pml:322 - [((owner[1]==w))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][47] = 1;
		if (!((((int)now.owner[1])==((int)((P1 *)_this)->w))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 58: // STATE 48 - lease.pml:131 - [((marks_lost[w]||(mark[1]!=7)))] (60:0:1 - 1)
		IfNotBlocked
		reached[1][48] = 1;
		if (!((((int)now.marks_lost[ Index(((int)((P1 *)_this)->w), 2) ])||(now.mark[1]!=7))))
			continue;
		/* merge: uncertain[1] = (uncertain[1]+1)(0, 49, 60) */
		reached[1][49] = 1;
		(trpt+1)->bup.oval = ((int)now.uncertain[1]);
		now.uncertain[1] = (((int)now.uncertain[1])+1);
#ifdef VAR_RANGES
		logval("uncertain[1]", ((int)now.uncertain[1]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 59: // STATE 50 - lease.pml:136 - [((uncertain[1]>2))] (0:0:0 - 1)
		IfNotBlocked
		reached[1][50] = 1;
		if (!((((int)now.uncertain[1])>2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 60: // STATE 51 - lease.pml:123 - [owner[1] = 255] (0:81:3 - 1)
		IfNotBlocked
		reached[1][51] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(81, 52, 81) */
		reached[1][52] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 1(81, 53, 81) */
		reached[1][53] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 1;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(0, 61, 81) */
		reached[1][61] = 1;
		;
		/* merge: .(goto)(0, 68, 81) */
		reached[1][68] = 1;
		;
		/* merge: .(goto)(0, 72, 81) */
		reached[1][72] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 61: // STATE 56 - lease.pml:123 - [owner[1] = 255] (0:81:3 - 1)
		IfNotBlocked
		reached[1][56] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(81, 57, 81) */
		reached[1][57] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 4(81, 58, 81) */
		reached[1][58] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 4;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(0, 61, 81) */
		reached[1][61] = 1;
		;
		/* merge: .(goto)(0, 68, 81) */
		reached[1][68] = 1;
		;
		/* merge: .(goto)(0, 72, 81) */
		reached[1][72] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 62: // STATE 63 - lease.pml:123 - [owner[1] = 255] (0:81:3 - 1)
		IfNotBlocked
		reached[1][63] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[1]);
		now.owner[1] = 255;
#ifdef VAR_RANGES
		logval("owner[1]", ((int)now.owner[1]));
#endif
		;
		/* merge: mark[1] = unsent(81, 64, 81) */
		reached[1][64] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[1];
		now.mark[1] = 7;
#ifdef VAR_RANGES
		logval("mark[1]", now.mark[1]);
#endif
		;
		/* merge: job[1] = 4(81, 65, 81) */
		reached[1][65] = 1;
		(trpt+1)->bup.ovals[2] = now.job[1];
		now.job[1] = 4;
#ifdef VAR_RANGES
		logval("job[1]", now.job[1]);
#endif
		;
		/* merge: .(goto)(0, 68, 81) */
		reached[1][68] = 1;
		;
		/* merge: .(goto)(0, 72, 81) */
		reached[1][72] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 63: // STATE 73 - lease.pml:152 - [slot[w] = 255] (0:85:10 - 1)
		IfNotBlocked
		reached[1][73] = 1;
		(trpt+1)->bup.ovals = grab_ints(10);
		(trpt+1)->bup.ovals[0] = ((int)now.slot[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.slot[ Index(((P1 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[reaper:w]", ((int)now.slot[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: state[w] = idle(85, 74, 85) */
		reached[1][74] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P1 *)_this)->w), 2) ];
		now.state[ Index(((P1 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[reaper:w]", now.state[ Index(((int)((P1 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = 255(85, 75, 85) */
		reached[1][75] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.current[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.current[ Index(((P1 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[reaper:w]", ((int)now.current[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(85, 76, 85) */
		reached[1][76] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current_n[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.current_n[ Index(((P1 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[reaper:w]", ((int)now.current_n[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(85, 77, 85) */
		reached[1][77] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.staged[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.staged[ Index(((P1 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[reaper:w]", ((int)now.staged[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(85, 78, 85) */
		reached[1][78] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged_n[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P1 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[reaper:w]", ((int)now.staged_n[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: lapsed[w] = 0(85, 79, 85) */
		reached[1][79] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.lapsed[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.lapsed[ Index(((P1 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("lapsed[reaper:w]", ((int)now.lapsed[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: cap_seen[w] = 2(85, 80, 85) */
		reached[1][80] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.cap_seen[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.cap_seen[ Index(((P1 *)_this)->w, 2) ] = 2;
#ifdef VAR_RANGES
		logval("cap_seen[reaper:w]", ((int)now.cap_seen[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: calls_open = 0(85, 82, 85) */
		reached[1][82] = 1;
		(trpt+1)->bup.ovals[8] = ((int)((P1 *)_this)->calls_open);
		((P1 *)_this)->calls_open = 0;
#ifdef VAR_RANGES
		logval("reaper:calls_open", ((int)((P1 *)_this)->calls_open));
#endif
		;
		/* merge: reaped[w] = 1(85, 83, 85) */
		reached[1][83] = 1;
		(trpt+1)->bup.ovals[9] = ((int)now.reaped[ Index(((int)((P1 *)_this)->w), 2) ]);
		now.reaped[ Index(((P1 *)_this)->w, 2) ] = 1;
#ifdef VAR_RANGES
		logval("reaped[reaper:w]", ((int)now.reaped[ Index(((int)((P1 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 86, 85) */
		reached[1][86] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 64: // STATE 88 - lease.pml:335 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[1][88] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */

		 /* PROC worker */
	case 65: // STATE 1 - lease.pml:186 - [((((alive[w]&&(slot[w]==255))&&((lease[0]==255)&&((0%2)<cap[(0/2)])))&&(((job[0]==ready)&&((0/2)==(0/2)))||((job[1]==ready)&&((1/2)==(0/2))))))] (14:0:4 - 1)
		IfNotBlocked
		reached[0][1] = 1;
		if (!((((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])==255))&&((((int)now.lease[0])==255)&&((0%2)<((int)now.cap[ Index((0/2), 1) ]))))&&(((now.job[0]==4)&&((0/2)==(0/2)))||((now.job[1]==4)&&((1/2)==(0/2)))))))
			continue;
		/* merge: lease[0] = w(14, 2, 14) */
		reached[0][2] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[0]);
		now.lease[0] = ((int)((P0 *)_this)->w);
#ifdef VAR_RANGES
		logval("lease[0]", ((int)now.lease[0]));
#endif
		;
		/* merge: ended[0] = 0(14, 3, 14) */
		reached[0][3] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[0]);
		now.ended[0] = 0;
#ifdef VAR_RANGES
		logval("ended[0]", ((int)now.ended[0]));
#endif
		;
		/* merge: slot[w] = 0(14, 4, 14) */
		reached[0][4] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: cap_seen[w] = cap[(0/2)](14, 5, 14) */
		reached[0][5] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = ((int)now.cap[ Index((0/2), 1) ]);
#ifdef VAR_RANGES
		logval("cap_seen[worker:w]", ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 4 */
	case 66: // STATE 6 - lease.pml:106 - [j = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[0][6] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 67: // STATE 7 - lease.pml:108 - [(!(((job[j]==ready)&&((j/2)==(0/2)))))] (11:0:1 - 1)
		IfNotBlocked
		reached[0][7] = 1;
		if (!( !(((now.job[ Index(((int)((P0 *)_this)->j), 2) ]==4)&&((((int)((P0 *)_this)->j)/2)==(0/2))))))
			continue;
		/* merge: j = (j+1)(0, 8, 11) */
		reached[0][8] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = (((int)((P0 *)_this)->j)+1);
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 12, 11) */
		reached[0][12] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 68: // STATE 15 - lease.pml:114 - [job[j] = running] (0:173:7 - 1)
		IfNotBlocked
		reached[0][15] = 1;
		(trpt+1)->bup.ovals = grab_ints(7);
		(trpt+1)->bup.ovals[0] = now.job[ Index(((int)((P0 *)_this)->j), 2) ];
		now.job[ Index(((P0 *)_this)->j, 2) ] = 3;
#ifdef VAR_RANGES
		logval("job[worker:j]", now.job[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: owner[j] = w(173, 16, 173) */
		reached[0][16] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.owner[ Index(((P0 *)_this)->j, 2) ] = ((int)((P0 *)_this)->w);
#ifdef VAR_RANGES
		logval("owner[worker:j]", ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: attempt[j] = (attempt[j]+1)(173, 17, 173) */
		reached[0][17] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = (((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])+1);
#ifdef VAR_RANGES
		logval("attempt[worker:j]", ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: mark[j] = unsent(173, 18, 173) */
		reached[0][18] = 1;
		(trpt+1)->bup.ovals[3] = now.mark[ Index(((int)((P0 *)_this)->j), 2) ];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[worker:j]", now.mark[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: current[w] = j(173, 19, 173) */
		reached[0][19] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)((P0 *)_this)->j);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = attempt[j](173, 20, 173) */
		reached[0][20] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: j = 0(173, 22, 173) */
		reached[0][22] = 1;
		(trpt+1)->bup.ovals[6] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 69: // STATE 24 - lease.pml:188 - [((((alive[w]&&(slot[w]==255))&&((lease[1]==255)&&((1%2)<cap[(1/2)])))&&(((job[0]==ready)&&((0/2)==(1/2)))||((job[1]==ready)&&((1/2)==(1/2))))))] (37:0:4 - 1)
		IfNotBlocked
		reached[0][24] = 1;
		if (!((((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])==255))&&((((int)now.lease[1])==255)&&((1%2)<((int)now.cap[ Index((1/2), 1) ]))))&&(((now.job[0]==4)&&((0/2)==(1/2)))||((now.job[1]==4)&&((1/2)==(1/2)))))))
			continue;
		/* merge: lease[1] = w(37, 25, 37) */
		reached[0][25] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[1]);
		now.lease[1] = ((int)((P0 *)_this)->w);
#ifdef VAR_RANGES
		logval("lease[1]", ((int)now.lease[1]));
#endif
		;
		/* merge: ended[1] = 0(37, 26, 37) */
		reached[0][26] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[1]);
		now.ended[1] = 0;
#ifdef VAR_RANGES
		logval("ended[1]", ((int)now.ended[1]));
#endif
		;
		/* merge: slot[w] = 1(37, 27, 37) */
		reached[0][27] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 1;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: cap_seen[w] = cap[(1/2)](37, 28, 37) */
		reached[0][28] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = ((int)now.cap[ Index((1/2), 1) ]);
#ifdef VAR_RANGES
		logval("cap_seen[worker:w]", ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 4 */
	case 70: // STATE 29 - lease.pml:106 - [j = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[0][29] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 71: // STATE 30 - lease.pml:108 - [(!(((job[j]==ready)&&((j/2)==(1/2)))))] (34:0:1 - 1)
		IfNotBlocked
		reached[0][30] = 1;
		if (!( !(((now.job[ Index(((int)((P0 *)_this)->j), 2) ]==4)&&((((int)((P0 *)_this)->j)/2)==(1/2))))))
			continue;
		/* merge: j = (j+1)(0, 31, 34) */
		reached[0][31] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = (((int)((P0 *)_this)->j)+1);
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 35, 34) */
		reached[0][35] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 72: // STATE 38 - lease.pml:114 - [job[j] = running] (0:173:7 - 1)
		IfNotBlocked
		reached[0][38] = 1;
		(trpt+1)->bup.ovals = grab_ints(7);
		(trpt+1)->bup.ovals[0] = now.job[ Index(((int)((P0 *)_this)->j), 2) ];
		now.job[ Index(((P0 *)_this)->j, 2) ] = 3;
#ifdef VAR_RANGES
		logval("job[worker:j]", now.job[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: owner[j] = w(173, 39, 173) */
		reached[0][39] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.owner[ Index(((P0 *)_this)->j, 2) ] = ((int)((P0 *)_this)->w);
#ifdef VAR_RANGES
		logval("owner[worker:j]", ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: attempt[j] = (attempt[j]+1)(173, 40, 173) */
		reached[0][40] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = (((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])+1);
#ifdef VAR_RANGES
		logval("attempt[worker:j]", ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: mark[j] = unsent(173, 41, 173) */
		reached[0][41] = 1;
		(trpt+1)->bup.ovals[3] = now.mark[ Index(((int)((P0 *)_this)->j), 2) ];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[worker:j]", now.mark[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: current[w] = j(173, 42, 173) */
		reached[0][42] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)((P0 *)_this)->j);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = attempt[j](173, 43, 173) */
		reached[0][43] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: j = 0(173, 45, 173) */
		reached[0][45] = 1;
		(trpt+1)->bup.ovals[6] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 73: // STATE 47 - lease.pml:198 - [((((((alive[w]&&!(lapsed[w]))&&(slot[w]!=255))&&(staged[w]==255))&&(current[w]!=255))&&(((job[0]==ready)&&((0/2)==(slot[w]/2)))||((job[1]==ready)&&((1/2)==(slot[w]/2))))))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][47] = 1;
		if (!((((((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&& !(((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ])))&&(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])!=255))&&(((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ])==255))&&(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ])!=255))&&(((now.job[0]==4)&&((0/2)==(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2)))||((now.job[1]==4)&&((1/2)==(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2)))))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 74: // STATE 48 - lease.pml:106 - [j = 0] (0:0:1 - 1)
		IfNotBlocked
		reached[0][48] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 75: // STATE 49 - lease.pml:108 - [(!(((job[j]==ready)&&((j/2)==(slot[w]/2)))))] (53:0:1 - 1)
		IfNotBlocked
		reached[0][49] = 1;
		if (!( !(((now.job[ Index(((int)((P0 *)_this)->j), 2) ]==4)&&((((int)((P0 *)_this)->j)/2)==(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2))))))
			continue;
		/* merge: j = (j+1)(0, 50, 53) */
		reached[0][50] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = (((int)((P0 *)_this)->j)+1);
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 54, 53) */
		reached[0][54] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 76: // STATE 57 - lease.pml:114 - [job[j] = running] (0:173:8 - 1)
		IfNotBlocked
		reached[0][57] = 1;
		(trpt+1)->bup.ovals = grab_ints(8);
		(trpt+1)->bup.ovals[0] = now.job[ Index(((int)((P0 *)_this)->j), 2) ];
		now.job[ Index(((P0 *)_this)->j, 2) ] = 3;
#ifdef VAR_RANGES
		logval("job[worker:j]", now.job[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: owner[j] = w(173, 58, 173) */
		reached[0][58] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.owner[ Index(((P0 *)_this)->j, 2) ] = ((int)((P0 *)_this)->w);
#ifdef VAR_RANGES
		logval("owner[worker:j]", ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: attempt[j] = (attempt[j]+1)(173, 59, 173) */
		reached[0][59] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.attempt[ Index(((P0 *)_this)->j, 2) ] = (((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])+1);
#ifdef VAR_RANGES
		logval("attempt[worker:j]", ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: mark[j] = unsent(173, 60, 173) */
		reached[0][60] = 1;
		(trpt+1)->bup.ovals[3] = now.mark[ Index(((int)((P0 *)_this)->j), 2) ];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[worker:j]", now.mark[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: staged[w] = j(173, 61, 173) */
		reached[0][61] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = ((int)((P0 *)_this)->j);
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = attempt[j](173, 62, 173) */
		reached[0][62] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ]);
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: cap_seen[w] = cap[(slot[w]/2)](173, 64, 173) */
		reached[0][64] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = ((int)now.cap[ Index((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2), 1) ]);
#ifdef VAR_RANGES
		logval("cap_seen[worker:w]", ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: j = 0(173, 65, 173) */
		reached[0][65] = 1;
		(trpt+1)->bup.ovals[7] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 8 */
	case 77: // STATE 67 - lease.pml:209 - [(((((alive[w]&&(state[w]==idle))&&(current[w]!=255))&&(slot[w]!=255))&&!(lapsed[w])))] (75:0:4 - 1)
		IfNotBlocked
		reached[0][67] = 1;
		if (!(((((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(now.state[ Index(((int)((P0 *)_this)->w), 2) ]==10))&&(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ])!=255))&&(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])!=255))&& !(((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ])))))
			continue;
		/* merge: mark[current[w]] = sent(75, 68, 75) */
		reached[0][68] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 6;
#ifdef VAR_RANGES
		logval("mark[current[worker:w]]", now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: state[w] = calling(75, 69, 75) */
		reached[0][69] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 9;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: open_calls[slot[w]] = (open_calls[slot[w]]+1)(75, 70, 75) */
		reached[0][70] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.open_calls[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = (((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])+1);
#ifdef VAR_RANGES
		logval("open_calls[slot[worker:w]]", ((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: sends[current[w]] = (sends[current[w]]+1)(75, 71, 75) */
		reached[0][71] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.sends[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.sends[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = (((int)now.sends[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])+1);
#ifdef VAR_RANGES
		logval("sends[current[worker:w]]", ((int)now.sends[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: assert((open_calls[slot[w]]==1))(75, 72, 75) */
		reached[0][72] = 1;
		spin_assert((((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])==1), "(open_calls[slot[w]]==1)", II, tt, t);
		_m = 3; goto P999; /* 5 */
	case 78: // STATE 73 - lease.pml:163 - [total = open_calls[((slot[w]/2)*2)]] (0:173:3 - 1)
		IfNotBlocked
		reached[0][73] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.total);
		now.total = ((int)now.open_calls[ Index(((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2)*2), 2) ]);
#ifdef VAR_RANGES
		logval("total", ((int)now.total));
#endif
		;
		/* merge: total = (total+open_calls[(((slot[w]/2)*2)+1)])(173, 74, 173) */
		reached[0][74] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.total);
		now.total = (((int)now.total)+((int)now.open_calls[ Index((((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])/2)*2)+1), 2) ]));
#ifdef VAR_RANGES
		logval("total", ((int)now.total));
#endif
		;
		/* merge: assert((total<=2))(173, 76, 173) */
		reached[0][76] = 1;
		spin_assert((((int)now.total)<=2), "(total<=2)", II, tt, t);
		/* merge: total = 0(173, 77, 173) */
		reached[0][77] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.total);
		now.total = 0;
#ifdef VAR_RANGES
		logval("total", ((int)now.total));
#endif
		;
		/* merge: assert((sends[current[w]]<=(1+uncertain[current[w]])))(173, 78, 173) */
		reached[0][78] = 1;
		spin_assert((((int)now.sends[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])<=(1+((int)now.uncertain[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]))), "(sends[current[w]]<=(1+uncertain[current[w]]))", II, tt, t);
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 5 */
	case 79: // STATE 80 - lease.pml:225 - [(((alive[w]&&(state[w]==calling))&&!(lapsed[w])))] (173:0:3 - 1)
		IfNotBlocked
		reached[0][80] = 1;
		if (!(((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(now.state[ Index(((int)((P0 *)_this)->w), 2) ]==9))&& !(((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ])))))
			continue;
		/* merge: open_calls[slot[w]] = (open_calls[slot[w]]-1)(173, 81, 173) */
		reached[0][81] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.open_calls[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = (((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])-1);
#ifdef VAR_RANGES
		logval("open_calls[slot[worker:w]]", ((int)now.open_calls[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: state[w] = answered(173, 82, 173) */
		reached[0][82] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 8;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: mark[current[w]] = over(173, 83, 173) */
		reached[0][83] = 1;
		(trpt+1)->bup.ovals[2] = now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 5;
#ifdef VAR_RANGES
		logval("mark[current[worker:w]]", now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 80: // STATE 85 - lease.pml:231 - [((alive[w]&&(state[w]==answered)))] (96:0:1 - 1)
		IfNotBlocked
		reached[0][85] = 1;
		if (!((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(now.state[ Index(((int)((P0 *)_this)->w), 2) ]==8))))
			continue;
		/* merge: j = current[w](0, 86, 96) */
		reached[0][86] = 1;
		(trpt+1)->bup.oval = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 81: // STATE 87 - lease.pml:234 - [(((owner[j]==w)&&(attempt[j]==current_n[w])))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][87] = 1;
		if (!(((((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ])==((int)((P0 *)_this)->w))&&(((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])==((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ])))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 82: // STATE 88 - lease.pml:123 - [owner[j] = 255] (0:148:9 - 1)
		IfNotBlocked
		reached[0][88] = 1;
		(trpt+1)->bup.ovals = grab_ints(9);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]);
		now.owner[ Index(((P0 *)_this)->j, 2) ] = 255;
#ifdef VAR_RANGES
		logval("owner[worker:j]", ((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ]));
#endif
		;
		/* merge: mark[j] = unsent(148, 89, 148) */
		reached[0][89] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[ Index(((int)((P0 *)_this)->j), 2) ];
		now.mark[ Index(((P0 *)_this)->j, 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[worker:j]", now.mark[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: job[j] = 2(148, 90, 148) */
		reached[0][90] = 1;
		(trpt+1)->bup.ovals[2] = now.job[ Index(((int)((P0 *)_this)->j), 2) ];
		now.job[ Index(((P0 *)_this)->j, 2) ] = 2;
#ifdef VAR_RANGES
		logval("job[worker:j]", now.job[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: .(goto)(148, 97, 148) */
		reached[0][97] = 1;
		;
		/* merge: j = 0(148, 98, 148) */
		reached[0][98] = 1;
		(trpt+1)->bup.ovals[3] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: state[w] = idle(148, 99, 148) */
		reached[0][99] = 1;
		(trpt+1)->bup.ovals[4] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = staged[w](148, 100, 148) */
		reached[0][100] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = staged_n[w](148, 101, 148) */
		reached[0][101] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(148, 102, 148) */
		reached[0][102] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(148, 103, 148) */
		reached[0][103] = 1;
		(trpt+1)->bup.ovals[8] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 9 */
	case 83: // STATE 92 - lease.pml:235 - [((!(((owner[j]==w)&&(attempt[j]==current_n[w])))&&((job[j]==ready)||(job[j]==held))))] (148:0:7 - 1)
		IfNotBlocked
		reached[0][92] = 1;
		if (!(( !(((((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ])==((int)((P0 *)_this)->w))&&(((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])==((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]))))&&((now.job[ Index(((int)((P0 *)_this)->j), 2) ]==4)||(now.job[ Index(((int)((P0 *)_this)->j), 2) ]==1)))))
			continue;
		/* merge: job[j] = done(148, 93, 148) */
		reached[0][93] = 1;
		(trpt+1)->bup.ovals = grab_ints(7);
		(trpt+1)->bup.ovals[0] = now.job[ Index(((int)((P0 *)_this)->j), 2) ];
		now.job[ Index(((P0 *)_this)->j, 2) ] = 2;
#ifdef VAR_RANGES
		logval("job[worker:j]", now.job[ Index(((int)((P0 *)_this)->j), 2) ]);
#endif
		;
		/* merge: .(goto)(148, 97, 148) */
		reached[0][97] = 1;
		;
		/* merge: j = 0(148, 98, 148) */
		reached[0][98] = 1;
		(trpt+1)->bup.ovals[1] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: state[w] = idle(148, 99, 148) */
		reached[0][99] = 1;
		(trpt+1)->bup.ovals[2] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = staged[w](148, 100, 148) */
		reached[0][100] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = staged_n[w](148, 101, 148) */
		reached[0][101] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(148, 102, 148) */
		reached[0][102] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(148, 103, 148) */
		reached[0][103] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 8 */
	case 84: // STATE 94 - lease.pml:237 - [((!(((owner[j]==w)&&(attempt[j]==current_n[w])))&&((job[j]==running)||(job[j]==done))))] (0:0:1 - 1)
		IfNotBlocked
		reached[0][94] = 1;
		if (!(( !(((((int)now.owner[ Index(((int)((P0 *)_this)->j), 2) ])==((int)((P0 *)_this)->w))&&(((int)now.attempt[ Index(((int)((P0 *)_this)->j), 2) ])==((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]))))&&((now.job[ Index(((int)((P0 *)_this)->j), 2) ]==3)||(now.job[ Index(((int)((P0 *)_this)->j), 2) ]==2)))))
			continue;
		if (TstOnly) return 1; /* TT */
		/* dead 1: j */  (trpt+1)->bup.oval = ((P0 *)_this)->j;
#ifdef HAS_CODE
		if (!readtrail)
#endif
			((P0 *)_this)->j = 0;
		_m = 3; goto P999; /* 0 */
	case 85: // STATE 95 - lease.pml:237 - [(1)] (148:0:6 - 1)
		IfNotBlocked
		reached[0][95] = 1;
		if (!(1))
			continue;
		/* merge: .(goto)(148, 97, 148) */
		reached[0][97] = 1;
		;
		/* merge: j = 0(148, 98, 148) */
		reached[0][98] = 1;
		(trpt+1)->bup.ovals = grab_ints(6);
		(trpt+1)->bup.ovals[0] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: state[w] = idle(148, 99, 148) */
		reached[0][99] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = staged[w](148, 100, 148) */
		reached[0][100] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = staged_n[w](148, 101, 148) */
		reached[0][101] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(148, 102, 148) */
		reached[0][102] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(148, 103, 148) */
		reached[0][103] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 7 */
	case 86: // STATE 98 - lease.pml:243 - [j = 0] (0:148:6 - 4)
		IfNotBlocked
		reached[0][98] = 1;
		(trpt+1)->bup.ovals = grab_ints(6);
		(trpt+1)->bup.ovals[0] = ((int)((P0 *)_this)->j);
		((P0 *)_this)->j = 0;
#ifdef VAR_RANGES
		logval("worker:j", ((int)((P0 *)_this)->j));
#endif
		;
		/* merge: state[w] = idle(148, 99, 148) */
		reached[0][99] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = staged[w](148, 100, 148) */
		reached[0][100] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = staged_n[w](148, 101, 148) */
		reached[0][101] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(148, 102, 148) */
		reached[0][102] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(148, 103, 148) */
		reached[0][103] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 5 */
	case 87: // STATE 104 - lease.pml:250 - [(((current[w]==255)&&!(lapsed[w])))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][104] = 1;
		if (!(((((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ])==255)&& !(((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ])))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 88: // STATE 105 - lease.pml:145 - [(((slot[w]!=255)&&(lease[slot[w]]==w)))] (173:0:4 - 1)
		IfNotBlocked
		reached[0][105] = 1;
		if (!(((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])!=255)&&(((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])==((int)((P0 *)_this)->w)))))
			continue;
		/* merge: lease[slot[w]] = 255(173, 106, 173) */
		reached[0][106] = 1;
		(trpt+1)->bup.ovals = grab_ints(4);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.lease[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[slot[worker:w]]", ((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: ended[slot[w]] = 0(173, 107, 173) */
		reached[0][107] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.ended[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[slot[worker:w]]", ((int)now.ended[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 110, 173) */
		reached[0][110] = 1;
		;
		/* merge: slot[w] = 255(173, 111, 173) */
		reached[0][111] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(173, 113, 173) */
		reached[0][113] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 149, 173) */
		reached[0][149] = 1;
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 7 */
	case 89: // STATE 111 - lease.pml:148 - [slot[w] = 255] (0:173:2 - 3)
		IfNotBlocked
		reached[0][111] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(173, 113, 173) */
		reached[0][113] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 149, 173) */
		reached[0][149] = 1;
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 90: // STATE 149 - lease.pml:258 - [.(goto)] (0:173:0 - 3)
		IfNotBlocked
		reached[0][149] = 1;
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 1 */
	case 91: // STATE 114 - lease.pml:251 - [((((current[w]!=255)&&!(lapsed[w]))&&((slot[w]%2)>=cap_seen[w])))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][114] = 1;
		if (!((((((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ])!=255)&& !(((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ])))&&((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])%2)>=((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ])))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 92: // STATE 116 - lease.pml:133 - [uncertain[current[w]] = (uncertain[current[w]]+1)] (0:0:1 - 1)
		IfNotBlocked
		reached[0][116] = 1;
		(trpt+1)->bup.oval = ((int)now.uncertain[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.uncertain[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = (((int)now.uncertain[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])+1);
#ifdef VAR_RANGES
		logval("uncertain[current[worker:w]]", ((int)now.uncertain[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 0 */
	case 93: // STATE 117 - lease.pml:136 - [((uncertain[current[w]]>2))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][117] = 1;
		if (!((((int)now.uncertain[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])>2)))
			continue;
		_m = 3; goto P999; /* 0 */
	case 94: // STATE 118 - lease.pml:123 - [owner[current[w]] = 255] (0:146:5 - 1)
		IfNotBlocked
		reached[0][118] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 255;
#ifdef VAR_RANGES
		logval("owner[current[worker:w]]", ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: mark[current[w]] = unsent(146, 119, 146) */
		reached[0][119] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[current[worker:w]]", now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: job[current[w]] = 1(146, 120, 146) */
		reached[0][120] = 1;
		(trpt+1)->bup.ovals[2] = now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 1;
#ifdef VAR_RANGES
		logval("job[current[worker:w]]", now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: .(goto)(146, 128, 146) */
		reached[0][128] = 1;
		;
		/* merge: .(goto)(146, 135, 146) */
		reached[0][135] = 1;
		;
		/* merge: current[w] = 255(146, 137, 146) */
		reached[0][137] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(146, 138, 146) */
		reached[0][138] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 6 */
	case 95: // STATE 123 - lease.pml:123 - [owner[current[w]] = 255] (0:146:5 - 1)
		IfNotBlocked
		reached[0][123] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 255;
#ifdef VAR_RANGES
		logval("owner[current[worker:w]]", ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: mark[current[w]] = unsent(146, 124, 146) */
		reached[0][124] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[current[worker:w]]", now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: job[current[w]] = 4(146, 125, 146) */
		reached[0][125] = 1;
		(trpt+1)->bup.ovals[2] = now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 4;
#ifdef VAR_RANGES
		logval("job[current[worker:w]]", now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: .(goto)(146, 128, 146) */
		reached[0][128] = 1;
		;
		/* merge: .(goto)(146, 135, 146) */
		reached[0][135] = 1;
		;
		/* merge: current[w] = 255(146, 137, 146) */
		reached[0][137] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(146, 138, 146) */
		reached[0][138] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 6 */
	case 96: // STATE 130 - lease.pml:123 - [owner[current[w]] = 255] (0:146:5 - 1)
		IfNotBlocked
		reached[0][130] = 1;
		(trpt+1)->bup.ovals = grab_ints(5);
		(trpt+1)->bup.ovals[0] = ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.owner[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 255;
#ifdef VAR_RANGES
		logval("owner[current[worker:w]]", ((int)now.owner[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: mark[current[w]] = unsent(146, 131, 146) */
		reached[0][131] = 1;
		(trpt+1)->bup.ovals[1] = now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.mark[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 7;
#ifdef VAR_RANGES
		logval("mark[current[worker:w]]", now.mark[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: job[current[w]] = 4(146, 132, 146) */
		reached[0][132] = 1;
		(trpt+1)->bup.ovals[2] = now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ];
		now.job[ Index(now.current[ Index(((P0 *)_this)->w, 2) ], 2) ] = 4;
#ifdef VAR_RANGES
		logval("job[current[worker:w]]", now.job[ Index(((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
#endif
		;
		/* merge: .(goto)(146, 135, 146) */
		reached[0][135] = 1;
		;
		/* merge: current[w] = 255(146, 137, 146) */
		reached[0][137] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(146, 138, 146) */
		reached[0][138] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 5 */
	case 97: // STATE 137 - lease.pml:253 - [current[w] = 255] (0:146:2 - 5)
		IfNotBlocked
		reached[0][137] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(146, 138, 146) */
		reached[0][138] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		_m = 3; goto P999; /* 1 */
	case 98: // STATE 139 - lease.pml:145 - [(((slot[w]!=255)&&(lease[slot[w]]==w)))] (173:0:3 - 1)
		IfNotBlocked
		reached[0][139] = 1;
		if (!(((((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ])!=255)&&(((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ])==((int)((P0 *)_this)->w)))))
			continue;
		/* merge: lease[slot[w]] = 255(173, 140, 173) */
		reached[0][140] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.lease[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = 255;
#ifdef VAR_RANGES
		logval("lease[slot[worker:w]]", ((int)now.lease[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: ended[slot[w]] = 0(173, 141, 173) */
		reached[0][141] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.ended[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]);
		now.ended[ Index(now.slot[ Index(((P0 *)_this)->w, 2) ], 2) ] = 0;
#ifdef VAR_RANGES
		logval("ended[slot[worker:w]]", ((int)now.ended[ Index(((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 144, 173) */
		reached[0][144] = 1;
		;
		/* merge: slot[w] = 255(173, 145, 173) */
		reached[0][145] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 149, 173) */
		reached[0][149] = 1;
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 6 */
	case 99: // STATE 145 - lease.pml:148 - [slot[w] = 255] (0:173:1 - 3)
		IfNotBlocked
		reached[0][145] = 1;
		(trpt+1)->bup.oval = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(173, 149, 173) */
		reached[0][149] = 1;
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 2 */
	case 100: // STATE 151 - lease.pml:260 - [(((alive[w]&&lapsed[w])&&(state[w]!=answered)))] (173:0:2 - 1)
		IfNotBlocked
		reached[0][151] = 1;
		if (!(((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ]))&&(now.state[ Index(((int)((P0 *)_this)->w), 2) ]!=8))))
			continue;
		/* merge: alive[w] = 0(173, 152, 173) */
		reached[0][152] = 1;
		(trpt+1)->bup.ovals = grab_ints(2);
		(trpt+1)->bup.ovals[0] = ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.alive[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("alive[worker:w]", ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: reaped[w] = 0(173, 153, 173) */
		reached[0][153] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.reaped[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.reaped[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("reaped[worker:w]", ((int)now.reaped[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 3 */
	case 101: // STATE 155 - lease.pml:264 - [((alive[w]&&(kills<2)))] (173:0:3 - 1)
		IfNotBlocked
		reached[0][155] = 1;
		if (!((((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ])&&(((int)now.kills)<2))))
			continue;
		/* merge: kills = (kills+1)(173, 156, 173) */
		reached[0][156] = 1;
		(trpt+1)->bup.ovals = grab_ints(3);
		(trpt+1)->bup.ovals[0] = ((int)now.kills);
		now.kills = (((int)now.kills)+1);
#ifdef VAR_RANGES
		logval("kills", ((int)now.kills));
#endif
		;
		/* merge: alive[w] = 0(173, 157, 173) */
		reached[0][157] = 1;
		(trpt+1)->bup.ovals[1] = ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.alive[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("alive[worker:w]", ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: reaped[w] = 0(173, 158, 173) */
		reached[0][158] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.reaped[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.reaped[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("reaped[worker:w]", ((int)now.reaped[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 4 */
	case 102: // STATE 160 - lease.pml:270 - [((!(alive[w])&&reaped[w]))] (0:0:0 - 1)
		IfNotBlocked
		reached[0][160] = 1;
		if (!(( !(((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]))&&((int)now.reaped[ Index(((int)((P0 *)_this)->w), 2) ]))))
			continue;
		_m = 3; goto P999; /* 0 */
	case 103: // STATE 161 - lease.pml:152 - [slot[w] = 255] (0:173:10 - 1)
		IfNotBlocked
		reached[0][161] = 1;
		(trpt+1)->bup.ovals = grab_ints(10);
		(trpt+1)->bup.ovals[0] = ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.slot[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("slot[worker:w]", ((int)now.slot[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: state[w] = idle(173, 162, 173) */
		reached[0][162] = 1;
		(trpt+1)->bup.ovals[1] = now.state[ Index(((int)((P0 *)_this)->w), 2) ];
		now.state[ Index(((P0 *)_this)->w, 2) ] = 10;
#ifdef VAR_RANGES
		logval("state[worker:w]", now.state[ Index(((int)((P0 *)_this)->w), 2) ]);
#endif
		;
		/* merge: current[w] = 255(173, 163, 173) */
		reached[0][163] = 1;
		(trpt+1)->bup.ovals[2] = ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("current[worker:w]", ((int)now.current[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: current_n[w] = 0(173, 164, 173) */
		reached[0][164] = 1;
		(trpt+1)->bup.ovals[3] = ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.current_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("current_n[worker:w]", ((int)now.current_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged[w] = 255(173, 165, 173) */
		reached[0][165] = 1;
		(trpt+1)->bup.ovals[4] = ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged[ Index(((P0 *)_this)->w, 2) ] = 255;
#ifdef VAR_RANGES
		logval("staged[worker:w]", ((int)now.staged[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: staged_n[w] = 0(173, 166, 173) */
		reached[0][166] = 1;
		(trpt+1)->bup.ovals[5] = ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.staged_n[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("staged_n[worker:w]", ((int)now.staged_n[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: lapsed[w] = 0(173, 167, 173) */
		reached[0][167] = 1;
		(trpt+1)->bup.ovals[6] = ((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.lapsed[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("lapsed[worker:w]", ((int)now.lapsed[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: cap_seen[w] = 2(173, 168, 173) */
		reached[0][168] = 1;
		(trpt+1)->bup.ovals[7] = ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.cap_seen[ Index(((P0 *)_this)->w, 2) ] = 2;
#ifdef VAR_RANGES
		logval("cap_seen[worker:w]", ((int)now.cap_seen[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: marks_lost[w] = 0(173, 170, 173) */
		reached[0][170] = 1;
		(trpt+1)->bup.ovals[8] = ((int)now.marks_lost[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.marks_lost[ Index(((P0 *)_this)->w, 2) ] = 0;
#ifdef VAR_RANGES
		logval("marks_lost[worker:w]", ((int)now.marks_lost[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: alive[w] = 1(173, 171, 173) */
		reached[0][171] = 1;
		(trpt+1)->bup.ovals[9] = ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]);
		now.alive[ Index(((P0 *)_this)->w, 2) ] = 1;
#ifdef VAR_RANGES
		logval("alive[worker:w]", ((int)now.alive[ Index(((int)((P0 *)_this)->w), 2) ]));
#endif
		;
		/* merge: .(goto)(0, 174, 173) */
		reached[0][174] = 1;
		;
		_m = 3; goto P999; /* 10 */
	case 104: // STATE 176 - lease.pml:272 - [-end-] (0:0:0 - 1)
		IfNotBlocked
		reached[0][176] = 1;
		if (!delproc(1, II)) continue;
		_m = 3; goto P999; /* 0 */
	case  _T5:	/* np_ */
		if (!((!(trpt->o_pm&4) && !(trpt->tau&128))))
			continue;
		/* else fall through */
	case  _T2:	/* true */
		_m = 3; goto P999;
#undef rand
	}

